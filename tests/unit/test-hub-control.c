/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-hub-control.h"

#include "belfry-hub-private.h"
#include "belfry-test-core.h"
#include "belfry-test.h"

/* More than two pages look at, and not a whole number of blocks. */
#define N_SESSIONS (2 * BELFRY_HUB_MAX_SCAN + 100)

typedef struct
{
  BelfryTestCore core;
  GPtrArray *clients; /* (element-type BelfryFakeClient) (owned) */
} Many;

static void
many_init (Many *self, guint n)
{
  BelfrySessionParams params = { .dialect = "many", .endpoint = "/", .peer = "x" };

  belfry_test_core_init (&self->core, "[auth]\nrequired = no\n");
  self->clients = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_fake_client_free);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (self->clients, belfry_fake_client_new_with (self->core.shards[0], &params));
  belfry_fake_client_settle ();
  g_assert_cmpuint (belfry_hub_get_n_sessions (self->core.hub), ==, n);
}

static void
many_clear (Many *self)
{
  g_ptr_array_unref (self->clients);
  belfry_test_core_clear (&self->core);
}

static void
leave (Many *self, guint from, guint to)
{
  for (guint i = from; i < to; i++)
    belfry_fake_client_leave (self->clients->pdata[i], 1000);
  belfry_fake_client_settle ();
}

/* Returns: the serials that pages begin to have behind @cursor; 0 if there is none */
static guint64
first_behind (Many *self, guint64 cursor)
{
  gboolean more;
  g_autoptr (GPtrArray) page = belfry_hub_page_sessions (self->core.hub, NULL, &cursor, 1, &more);

  return page->len > 0 ? ((const BelfrySessionInfo *) page->pdata[0])->serial : 0;
}

/* Whatever is looked for, a page looks at so many sessions and no more. */
static void
test_bounded (void)
{
  const BelfrySessionFilter nobody = { .user = "nobody", .authenticated = -1 };
  guint64 cursor = 0;
  gboolean more = TRUE;
  Many many;

  many_init (&many, N_SESSIONS);
  for (guint i = 1; i <= 2; i++)
    {
      g_autoptr (GPtrArray) page =
          belfry_hub_page_sessions (many.core.hub, &nobody, &cursor, 10, &more);

      g_assert_cmpuint (page->len, ==, 0);
      g_assert_cmpuint (cursor, ==, i * BELFRY_HUB_MAX_SCAN);
      g_assert_true (more);
    }
  g_autoptr (GPtrArray) last =
      belfry_hub_page_sessions (many.core.hub, &nobody, &cursor, 10, &more);
  g_assert_cmpuint (last->len, ==, 0);
  g_assert_false (more);
  many_clear (&many);
}

/* Pages of a long list have each session once, and in order. */
static void
test_whole (void)
{
  guint64 cursor = 0;
  guint64 last = 0;
  gboolean more = TRUE;
  guint n = 0;
  Many many;

  many_init (&many, N_SESSIONS);
  while (more)
    {
      g_autoptr (GPtrArray) page =
          belfry_hub_page_sessions (many.core.hub, NULL, &cursor, 1000, &more);

      for (guint i = 0; i < page->len; i++, n++)
        {
          const BelfrySessionInfo *info = page->pdata[i];

          g_assert_cmpuint (info->serial, >, last);
          last = info->serial;
        }
    }
  g_assert_cmpuint (n, ==, N_SESSIONS);
  many_clear (&many);
}

/* A page goes on where it should when the session at its cursor has gone, and all around it. */
static void
test_gone (void)
{
  Many many;
  const guint n = 4 * BELFRY_HUB_BLOCK;

  many_init (&many, n);
  g_assert_cmpuint (first_behind (&many, 0), ==, 1);
  g_assert_cmpuint (first_behind (&many, n), ==, 0);
  g_assert_cmpuint (first_behind (&many, G_MAXUINT64), ==, 0);

  /* the first of a block, by which it is entered, and some behind it */
  leave (&many, BELFRY_HUB_BLOCK - 1, BELFRY_HUB_BLOCK + 9);
  g_assert_cmpuint (first_behind (&many, BELFRY_HUB_BLOCK - 2), ==, BELFRY_HUB_BLOCK - 1);
  g_assert_cmpuint (first_behind (&many, BELFRY_HUB_BLOCK - 1), ==, BELFRY_HUB_BLOCK + 10);
  g_assert_cmpuint (first_behind (&many, BELFRY_HUB_BLOCK + 3), ==, BELFRY_HUB_BLOCK + 10);

  /* all of two blocks */
  leave (&many, BELFRY_HUB_BLOCK + 9, 3 * BELFRY_HUB_BLOCK);
  g_assert_cmpuint (first_behind (&many, BELFRY_HUB_BLOCK + 3), ==, 3 * BELFRY_HUB_BLOCK + 1);
  g_assert_cmpuint (first_behind (&many, 2 * BELFRY_HUB_BLOCK), ==, 3 * BELFRY_HUB_BLOCK + 1);

  /* what is at the end */
  leave (&many, 3 * BELFRY_HUB_BLOCK, n);
  g_assert_cmpuint (first_behind (&many, 2 * BELFRY_HUB_BLOCK), ==, 0);
  leave (&many, 0, BELFRY_HUB_BLOCK - 1);
  g_assert_cmpuint (first_behind (&many, 0), ==, 0);
  many_clear (&many);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/hub-control/bounded", test_bounded);
  belfry_test_add ("/hub-control/whole", test_whole);
  belfry_test_add ("/hub-control/gone", test_gone);
  return g_test_run ();
}
