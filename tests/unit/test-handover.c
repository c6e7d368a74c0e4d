/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-handover.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "belfry-error.h"
#include "belfry-names.h"
#include "belfry-test.h"

#define HEAD_LENGTH 16

static void
open_pair (int fds[2])
{
  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
}

/* Gives what @handover says to this very process, as the next image of it would get it. */
static BelfryHandover *
pass_on (BelfryHandover *handover)
{
  g_autoptr (GError) error = NULL;
  int memory = belfry_handover_seal (handover, &error);
  g_autofree char *number = g_strdup_printf ("%d", memory);

  g_assert_no_error (error);
  g_assert_cmpint (write (memory, "x", 1), ==, -1);
  g_assert_true (belfry_handover_keep (handover, memory, TRUE));
  g_assert_cmpint (fcntl (memory, F_GETFD), ==, 0);
  g_setenv (BELFRY_ENV_HANDOVER_FD, number, TRUE);
  BelfryHandover *taken = belfry_handover_take ();
  g_assert_null (g_getenv (BELFRY_ENV_HANDOVER_FD));
  g_assert_cmpint (fcntl (memory, F_GETFD), ==, -1);
  return taken;
}

/* Descriptors are kept over the exec and no longer; each is given once, as what it is. */
static void
test_descriptors (void)
{
  g_autoptr (BelfryHandover) handover = belfry_handover_new ();
  int fds[2];

  open_pair (fds);
  belfry_handover_add_fd (handover, fds[0], BELFRY_HANDOVER_CLIENT);
  g_autoptr (BelfryHandover) taken = pass_on (handover);
  g_assert_true (belfry_handover_is_good (taken));
  g_assert_cmpint (fcntl (fds[0], F_GETFD), ==, FD_CLOEXEC);
  g_assert_cmpint (belfry_handover_take_fd (taken, fds[0], TRUE), ==, -1);
  g_assert_cmpint (belfry_handover_take_fd (taken, fds[1], FALSE), ==, -1);
  g_assert_cmpint (belfry_handover_take_fd (taken, fds[0], FALSE), ==, fds[0]);
  g_assert_cmpint (belfry_handover_take_fd (taken, fds[0], FALSE), ==, -1);
  close (fds[0]);
  close (fds[1]);
}

/* Each section is read by whom it was written for. */
static void
test_sections (void)
{
  g_autoptr (BelfryHandover) handover = belfry_handover_new ();

  for (guint i = 0; i < BELFRY_HANDOVER_N_SECTIONS; i++)
    belfry_state_put_u32 (belfry_handover_get_writer (handover, (BelfryHandoverSection) i), i + 7);
  g_autoptr (BelfryHandover) taken = pass_on (handover);
  for (guint i = 0; i < BELFRY_HANDOVER_N_SECTIONS; i++)
    {
      BelfryStateReader reader;

      belfry_handover_read (taken, (BelfryHandoverSection) i, &reader);
      g_assert_cmpuint (belfry_state_get_u32 (&reader), ==, i + 7);
      g_assert_true (belfry_state_reader_is_at_end (&reader));
    }
  belfry_handover_spoil (taken);
  BelfryStateReader nothing;
  belfry_handover_read (taken, BELFRY_HANDOVER_CORE, &nothing);
  g_assert_true (belfry_state_reader_is_at_end (&nothing));
}

/* A client that nobody takes hears that the service restarts, unless that would come in the middle
 * of something; both see the end. */
static void
test_leave (void)
{
  g_autoptr (BelfryHandover) handover = belfry_handover_new ();
  guint8 heard[16];
  int whole[2];
  int cut[2];

  open_pair (whole);
  open_pair (cut);
  belfry_handover_add_fd (handover, whole[0], BELFRY_HANDOVER_CLIENT);
  belfry_handover_add_fd (handover, cut[0], BELFRY_HANDOVER_CLIENT_CUT);
  belfry_handover_free (pass_on (handover));
  g_assert_cmpint (read (whole[1], heard, sizeof heard), ==, 4);
  g_assert_cmpmem (heard, 4, "\x88\x02\x03\xf4", 4);
  g_assert_cmpint (read (whole[1], heard, sizeof heard), ==, 0);
  g_assert_cmpint (read (cut[1], heard, sizeof heard), ==, 0);
  close (whole[1]);
  close (cut[1]);
}

static GBytes *
make_whole (void)
{
  g_autoptr (BelfryHandover) handover = belfry_handover_new ();

  belfry_handover_add_fd (handover, 1000, BELFRY_HANDOVER_CLIENT);
  belfry_state_put_u32 (belfry_handover_get_writer (handover, BELFRY_HANDOVER_CORE), 1);
  int memory = belfry_handover_seal (handover, NULL);
  g_autoptr (GMappedFile) file = g_mapped_file_new_from_fd (memory, FALSE, NULL);
  close (memory);
  return g_mapped_file_get_bytes (file);
}

typedef struct
{
  const char *defect;
  gsize at;
  guint8 byte;
  gboolean has_head; /* the descriptors are known all the same */
} BadCase;

static const BadCase bad_cases[] = {
  { "another word at the beginning", 0, 'X', FALSE },
  { "another version", 8, BELFRY_HANDOVER_VERSION + 1, TRUE },
  { "more descriptors than there is room for", 15, 0xff, FALSE },
  { "another descriptor", HEAD_LENGTH, 0, TRUE },
  { "a descriptor beyond all numbers", HEAD_LENGTH + 3, 0xff, FALSE },
  { "a kind that there is not", HEAD_LENGTH + 4, 77, FALSE },
  { "a section out of order", HEAD_LENGTH + 5, 2, TRUE },
  { "a section longer than everything", HEAD_LENGTH + 13, 0xff, TRUE },
  { "a section shorter than it is", HEAD_LENGTH + 6, 1, TRUE },
};

/* Whatever is wrong is seen; what can be known of the descriptors still is. */
static void
test_damaged (void)
{
  g_autoptr (GBytes) whole = make_whole ();
  gsize length;
  const guint8 *bytes = g_bytes_get_data (whole, &length);

  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      const BadCase *c = &bad_cases[i];
      g_autofree guint8 *copy = g_memdup2 (bytes, length);

      g_test_message ("%s", c->defect);
      copy[c->at] = c->byte;
      g_autoptr (GBytes) damaged = g_bytes_new (copy, length);
      g_autoptr (GError) error = NULL;
      g_autoptr (BelfryHandover) handover = belfry_handover_parse (damaged, &error);
      if (handover == NULL)
        g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_ARGUMENT);
      g_assert_true (handover == NULL || c->has_head);
      g_assert_true (handover == NULL || c->at == HEAD_LENGTH ||
                     !belfry_handover_is_good (handover));
    }
}

/* However much of it there is, a part is never taken for the whole. */
static void
test_cut_off (void)
{
  g_autoptr (GBytes) whole = make_whole ();

  for (gsize length = 0; length < g_bytes_get_size (whole); length++)
    {
      g_autoptr (GBytes) part = g_bytes_new_from_bytes (whole, 0, length);
      g_autoptr (BelfryHandover) handover = belfry_handover_parse (part, NULL);

      g_assert_true (handover == NULL || !belfry_handover_is_good (handover));
    }
  g_autoptr (BelfryHandover) handover = belfry_handover_parse (whole, NULL);
  g_assert_true (belfry_handover_is_good (handover));
}

/* A variable that names what is no sealed memory of ours leaves that alone. */
static void
test_strangers (void)
{
  int unsealed = memfd_create ("stranger", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  g_autofree char *number = g_strdup_printf ("%d", unsealed);
  const char *const values[] = { "", "3x", "-1", "2", "99999", number };

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_setenv (BELFRY_ENV_HANDOVER_FD, values[i], TRUE);
      belfry_test_expect_log (BELFRY_LOG_ERROR, "belfry-handover", "*names nothing*");
      g_assert_null (belfry_handover_take ());
      g_assert_null (g_getenv (BELFRY_ENV_HANDOVER_FD));
    }
  g_assert_null (belfry_handover_take ());
  g_assert_cmpint (fcntl (unsealed, F_GETFD), ==, FD_CLOEXEC);
  close (unsealed);
}

int
main (int argc, char **argv)
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/handover/descriptors", test_descriptors);
  belfry_test_add ("/handover/sections", test_sections);
  belfry_test_add ("/handover/leave", test_leave);
  belfry_test_add ("/handover/damaged", test_damaged);
  belfry_test_add ("/handover/cut-off", test_cut_off);
  belfry_test_add ("/handover/strangers", test_strangers);
  return g_test_run ();
}
