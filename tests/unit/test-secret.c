/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-secret.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "belfry-test.h"

#define N_THREADS 8
#define N_ROUNDS 10000

static gboolean
all_zero (const char *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    {
      if (bytes[i] != 0)
        return FALSE;
    }
  return TRUE;
}

typedef struct
{
  const char *what;
  const char *bytes;
  gsize length;
} ContentCase;

static const ContentCase content_cases[] = {
  { "text", "hunter2", 7 },
  { "one byte", "x", 1 },
  { "nothing", "", 0 },
  { "nothing at all", NULL, 0 },
  { "a NUL inside", "a\0b", 3 },
  { "NULs at the end", "a\0\0", 3 },
  { "no text", "\xff\x80\x00\x01", 4 },
};

/* A secret holds exactly what it was made of, and a NUL after it. */
static void
test_content (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (content_cases); i++)
    {
      const ContentCase *row = &content_cases[i];
      g_autoptr (BelfrySecret) secret = belfry_secret_new (row->bytes, row->length);
      gsize length = 4711;
      const char *bytes = belfry_secret_peek (secret, &length);

      g_test_message ("%s", row->what);
      g_assert_cmpmem (bytes, (int) length, row->bytes, (int) row->length);
      g_assert_cmpint (bytes[length], ==, '\0');
      g_assert_true (belfry_secret_peek (secret, NULL) == bytes);
    }
}

/* A secret that fills its pages to the last byte still has its NUL. */
static void
test_page_sizes (void)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);

  for (gsize length = page - 2; length <= page + 2; length++)
    {
      g_autofree char *text = g_strnfill (length, 's');
      g_autoptr (BelfrySecret) secret = belfry_secret_new (text, length);

      g_assert_cmpstr (belfry_secret_peek (secret, NULL), ==, text);
    }
}

/* Only the same bytes in the same number are equal, whatever else is alike. */
static void
test_equal (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (content_cases); i++)
    {
      const ContentCase *row = &content_cases[i];
      g_autoptr (BelfrySecret) one = belfry_secret_new (row->bytes, row->length);

      for (gsize j = 0; j < G_N_ELEMENTS (content_cases); j++)
        {
          const ContentCase *claim = &content_cases[j];
          g_autoptr (BelfrySecret) other = belfry_secret_new (claim->bytes, claim->length);
          gboolean same = row->length == claim->length &&
                          (row->length == 0 || memcmp (row->bytes, claim->bytes, row->length) == 0);

          g_assert_cmpint (belfry_secret_equal (one, other), ==, same);
          g_assert_cmpint (belfry_secret_equal_bytes (one, claim->bytes, claim->length), ==, same);
        }
    }
}

/* A difference counts in any byte, the first, the last, and in any bit. */
static void
test_any_difference (void)
{
  char bytes[64];

  memset (bytes, 0x5a, sizeof bytes);
  g_autoptr (BelfrySecret) secret = belfry_secret_new (bytes, sizeof bytes);
  for (gsize i = 0; i < sizeof bytes * 8; i++)
    {
      bytes[i / 8] = (char) (bytes[i / 8] ^ 1 << i % 8);
      g_assert_false (belfry_secret_equal_bytes (secret, bytes, sizeof bytes));
      bytes[i / 8] = (char) (bytes[i / 8] ^ 1 << i % 8);
    }
  g_assert_true (belfry_secret_equal_bytes (secret, bytes, sizeof bytes));
  g_assert_false (belfry_secret_equal_bytes (secret, bytes, sizeof bytes - 1));
}

/* A secret takes over text and no longer needs it. */
static void
test_take_text (void)
{
  g_autoptr (BelfrySecret) secret = belfry_secret_new_take_text (g_strdup ("correct horse"));

  g_assert_true (belfry_secret_equal_bytes (secret, "correct horse", 13));
}

/* A caller's copy is overwritten to the end; what follows its NUL is not touched. */
static void
test_wipe_text (void)
{
  char text[] = "hunter2\0kept";

  belfry_secret_wipe_text (text);
  g_assert_true (all_zero (text, 8));
  g_assert_cmpstr (text + 8, ==, "kept");
  belfry_secret_wipe_text (NULL);
  belfry_secret_text_free (NULL);
  g_autoptr (BelfrySecretText) owned = g_strdup ("hunter2");
  g_assert_cmpuint (strlen (owned), ==, 7);
}

/* Returns: what the kernel says of the mapping that holds @address; %NULL if there is none */
static char *
mapping_flags (gconstpointer address)
{
  g_autofree char *content = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/smaps", &content, NULL, NULL));
  g_auto (GStrv) lines = g_strsplit (content, "\n", -1);
  gboolean inside = FALSE;
  for (gsize i = 0; lines[i] != NULL; i++)
    {
      guintptr start;
      guintptr end;

      if (sscanf (lines[i], "%" G_GINTPTR_MODIFIER "x-%" G_GINTPTR_MODIFIER "x ", &start, &end) ==
          2)
        inside = start <= (guintptr) address && (guintptr) address < end;
      else if (inside && g_str_has_prefix (lines[i], "VmFlags:"))
        return g_strconcat (lines[i], " ", NULL);
    }
  return NULL;
}

/* The limits may forbid it, and a sanitizer makes nothing of it. */
static gboolean
locking_works (void)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);
  char *probe = mmap (NULL, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  g_assert_true (probe != MAP_FAILED);
  (void) mlock (probe, page);
  g_autofree char *flags = mapping_flags (probe);
  munmap (probe, page);
  return strstr (flags, " lo ") != NULL;
}

/* The kernel knows: not dumped, gone after a fork, not swapped if the limits allow. */
static void
test_pages (void)
{
  g_autoptr (BelfrySecret) secret = belfry_secret_new ("hunter2", 7);
  g_autofree char *flags = mapping_flags (belfry_secret_peek (secret, NULL));

  g_assert_nonnull (flags);
  g_assert_nonnull (strstr (flags, " dd "));
  g_assert_nonnull (strstr (flags, " wf "));
  g_assert_cmpint (strstr (flags, " lo ") != NULL, ==, locking_works ());
}

/* The pages themselves go with the last reference, and not before. */
static void
test_pages_go (void)
{
  BelfrySecret *secret = belfry_secret_new ("hunter2", 7);
  gconstpointer bytes = belfry_secret_peek (secret, NULL);
  unsigned char resident;

  belfry_secret_ref (secret);
  belfry_secret_unref (secret);
  g_assert_cmpint (mincore ((gpointer) bytes, 1, &resident), ==, 0);
  belfry_secret_unref (secret);
  g_assert_cmpint (mincore ((gpointer) bytes, 1, &resident), ==, -1);
  g_assert_cmpint (errno, ==, ENOMEM);
}

/* A forked child finds zeros where its parent has the secret. */
static void
test_fork (void)
{
  g_autoptr (BelfrySecret) secret = belfry_secret_new ("hunter2", 7);
  const char *bytes = belfry_secret_peek (secret, NULL);
  int status;

  pid_t child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    _exit (all_zero (bytes, 7) ? 0 : 1);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  g_assert_true (belfry_secret_equal_bytes (secret, "hunter2", 7));
}

#if !BELFRY_SANITIZED
/* Where no pages are to be had, the heap has to do. A sanitizer needs its address space. */
static void
test_without_pages (void)
{
  struct rlimit before;

  g_assert_cmpint (getrlimit (RLIMIT_AS, &before), ==, 0);
  const struct rlimit none = { 1, before.rlim_max };
  g_assert_cmpint (setrlimit (RLIMIT_AS, &none), ==, 0);
  BelfrySecret *secret = belfry_secret_new ("hunter2", 7);
  g_assert_cmpint (setrlimit (RLIMIT_AS, &before), ==, 0);

  g_autofree char *flags = mapping_flags (belfry_secret_peek (secret, NULL));
  g_assert_null (strstr (flags, " dd "));
  g_assert_true (belfry_secret_equal_bytes (secret, "hunter2", 7));
  belfry_secret_unref (secret);
}
#endif

static gpointer
use_secret (gpointer data)
{
  BelfrySecret *secret = data;

  for (int i = 0; i < N_ROUNDS; i++)
    {
      g_autoptr (BelfrySecret) mine = belfry_secret_ref (secret);

      g_assert_true (belfry_secret_equal_bytes (mine, "hunter2", 7));
    }
  belfry_secret_unref (secret);
  return NULL;
}

/* References come and go on many threads; whoever is last wipes, once. */
static void
test_threads (void)
{
  BelfrySecret *secret = belfry_secret_new ("hunter2", 7);
  GThread *threads[N_THREADS];

  for (gsize i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("secret", use_secret, belfry_secret_ref (secret));
  belfry_secret_unref (secret);
  for (gsize i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/secret/content", test_content);
  belfry_test_add ("/secret/page-sizes", test_page_sizes);
  belfry_test_add ("/secret/equal", test_equal);
  belfry_test_add ("/secret/any-difference", test_any_difference);
  belfry_test_add ("/secret/take-text", test_take_text);
  belfry_test_add ("/secret/wipe-text", test_wipe_text);
  belfry_test_add ("/secret/pages", test_pages);
  belfry_test_add ("/secret/pages-go", test_pages_go);
  belfry_test_add ("/secret/fork", test_fork);
#if !BELFRY_SANITIZED
  belfry_test_add ("/secret/without-pages", test_without_pages);
#endif
  belfry_test_add ("/secret/threads", test_threads);
  return g_test_run ();
}
