/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-directory.h"

#include "belfry-test.h"

static void
add_shard (guint shard, gpointer user_data)
{
  g_string_append_printf (user_data, "%u ", shard);
}

static void
assert_routed (BelfryDirectory *directory, const char *topic, const char *expected)
{
  const BelfryTopicKey key = belfry_topic_key (topic);
  g_autoptr (GString) shards = g_string_new (NULL);

  belfry_directory_route (directory, belfry_directory_lookup (directory, &key), topic, add_shard,
                          shards);
  g_assert_cmpstr (shards->str, ==, expected);
}

static void
assert_listed (BelfryDirectory *directory,
               const char *pattern,
               const char *after,
               guint limit,
               const char *expected)
{
  const char *next;
  g_autoptr (GPtrArray) entries = belfry_directory_list (directory, pattern, after, limit, &next);
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < entries->len; i++)
    g_string_append_printf (names, "%s ", ((BelfryEntry *) g_ptr_array_index (entries, i))->name);
  g_assert_cmpstr (names->str, ==, expected);
}

/* An entry is made once and found by its name until it is removed. */
static void
test_entries (void)
{
  g_autoptr (BelfryDirectory) directory = belfry_directory_new ();
  const BelfryTopicKey key = belfry_topic_key ("a");

  g_assert_null (belfry_directory_lookup (directory, &key));
  BelfryEntry *entry = belfry_directory_ensure (directory, "a", FALSE);
  g_assert_true (belfry_directory_ensure (directory, "a", FALSE) == entry);
  g_assert_true (belfry_directory_lookup (directory, &key) == entry);
  g_assert_cmpint (entry->state, ==, BELFRY_ENTRY_IDLE);
  g_assert_true (belfry_entry_is_unused (entry));
  entry->n_wanting = 1;
  g_assert_false (belfry_entry_is_unused (entry));
  entry->n_wanting = 0;
  belfry_directory_remove (directory, entry);
  g_assert_null (belfry_directory_lookup (directory, &key));
}

/* Subscribers are counted for each shard, however many shards there are. */
static void
test_counts (void)
{
  g_autoptr (BelfryDirectory) directory = belfry_directory_new ();
  BelfryEntry *entry = belfry_directory_ensure (directory, "a", FALSE);
  static const guint shards[] = { 0, 3, 3, 17, 4, 40 };

  for (gsize i = 0; i < G_N_ELEMENTS (shards); i++)
    belfry_directory_add_subscriber (directory, entry, shards[i]);
  g_assert_cmpuint (entry->n_subscribers, ==, G_N_ELEMENTS (shards));
  g_assert_cmpuint (belfry_entry_get_n_subscribers (entry, 3), ==, 2);
  g_assert_cmpuint (belfry_entry_get_n_subscribers (entry, 5), ==, 0);
  g_assert_cmpuint (belfry_entry_get_n_subscribers (entry, 1000), ==, 0);
  g_assert_cmpuint (belfry_directory_get_n_topics (directory), ==, 1);
  assert_routed (directory, "a", "0 3 4 17 40 ");
  for (gsize i = 0; i < G_N_ELEMENTS (shards); i++)
    {
      g_assert_false (belfry_entry_is_unused (entry));
      belfry_directory_remove_subscriber (directory, entry, shards[i]);
    }
  g_assert_true (belfry_entry_is_unused (entry));
  g_assert_cmpuint (belfry_directory_get_n_topics (directory), ==, 0);
  assert_routed (directory, "a", "");
}

/* A message goes once to each shard that has a subscriber, by whatever pattern. */
static void
test_route (void)
{
  g_autoptr (BelfryDirectory) directory = belfry_directory_new ();
  BelfryEntry *topic = belfry_directory_ensure (directory, "a.b", FALSE);
  BelfryEntry *one = belfry_directory_ensure (directory, "a.*", TRUE);
  BelfryEntry *all = belfry_directory_ensure (directory, ">", TRUE);

  belfry_directory_add_subscriber (directory, topic, 1);
  assert_routed (directory, "a.b", "1 ");
  belfry_directory_add_subscriber (directory, one, 1);
  belfry_directory_add_subscriber (directory, one, 9);
  belfry_directory_add_subscriber (directory, all, 0);
  assert_routed (directory, "a.b", "0 1 9 ");
  assert_routed (directory, "a.c", "0 1 9 ");
  assert_routed (directory, "c", "0 ");
  assert_routed (directory, "a.*", "1 9 ");
  belfry_directory_remove_subscriber (directory, all, 0);
  belfry_directory_remove (directory, all);
  assert_routed (directory, "c", "");
  assert_routed (directory, "a.b", "1 9 ");
}

/* Lists are in the order of names, and hold only what has subscribers. */
static void
test_list (void)
{
  g_autoptr (BelfryDirectory) directory = belfry_directory_new ();
  static const char *const names[] = { "c", "a.2", "a.1", "a.1.x", "b" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    belfry_directory_add_subscriber (directory,
                                     belfry_directory_ensure (directory, names[i], FALSE), 0);
  belfry_directory_add_subscriber (directory, belfry_directory_ensure (directory, "a.*", TRUE), 0);
  belfry_directory_ensure (directory, "empty", FALSE);
  assert_listed (directory, NULL, NULL, 100, "a.* a.1 a.1.x a.2 b c ");
  assert_listed (directory, NULL, NULL, 2, "a.* a.1 ");
  assert_listed (directory, NULL, "a.1", 2, "a.1.x a.2 ");
  assert_listed (directory, NULL, "c", 2, "");
  assert_listed (directory, "a.*", NULL, 100, "a.* a.1 a.2 ");
  assert_listed (directory, "a.>", "a.1", 100, "a.1.x a.2 ");
  assert_listed (directory, "b", NULL, 100, "b ");
  assert_listed (directory, "empty", NULL, 100, "");
  assert_listed (directory, NULL, NULL, 0, "");
}

#define N_MANY (2 * BELFRY_DIRECTORY_MAX_SCAN + 100)

/* However few of many entries are meant, a page looks at a bounded number of them, and all pages
 * together have each once, though where one ended may go meanwhile. */
static void
test_pages (void)
{
  g_autoptr (BelfryDirectory) directory = belfry_directory_new ();
  g_autoptr (GString) names = g_string_new (NULL);
  g_autofree char *after = NULL;
  const char *next = NULL;
  guint n_pages = 0;

  for (guint i = 0; i < N_MANY; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s.%05u", i % 4000 == 7 ? "rare" : "many", i);

      belfry_directory_add_subscriber (directory, belfry_directory_ensure (directory, name, FALSE),
                                       0);
    }
  do
    {
      g_autoptr (GPtrArray) page =
          belfry_directory_list (directory, "rare.*", after, N_MANY, &next);

      for (guint i = 0; i < page->len; i++)
        g_string_append_printf (names, "%s ", ((BelfryEntry *) page->pdata[i])->name);
      g_free (after);
      after = g_strdup (next);
      n_pages++;
      if (n_pages == 1)
        {
          const BelfryTopicKey key = belfry_topic_key (after);

          belfry_directory_remove_subscriber (directory, belfry_directory_lookup (directory, &key),
                                              0);
        }
    }
  while (next != NULL);
  g_assert_cmpstr (names->str, ==, "rare.00007 rare.04007 rare.08007 ");
  g_assert_cmpuint (n_pages, ==, 3);
}

typedef struct
{
  BelfryDirectory *directory; /* (unowned) */
  guint n;
} Sweep;

static void
remove_entry (BelfryEntry *entry, gpointer user_data)
{
  Sweep *sweep = user_data;

  sweep->n++;
  belfry_directory_remove (sweep->directory, entry);
}

/* All entries are gone through, even if each is removed on the way. */
static void
test_foreach (void)
{
  g_autoptr (BelfryDirectory) directory = belfry_directory_new ();
  Sweep sweep = { directory, 0 };

  belfry_directory_foreach (directory, remove_entry, &sweep);
  g_assert_cmpuint (sweep.n, ==, 0);
  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u%s", i, i % 2 == 0 ? "" : ".*");

      belfry_directory_ensure (directory, name, i % 2 != 0);
    }
  belfry_directory_foreach (directory, remove_entry, &sweep);
  g_assert_cmpuint (sweep.n, ==, 100);
  assert_routed (directory, "1.x", "");
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/directory/entries", test_entries);
  belfry_test_add ("/directory/counts", test_counts);
  belfry_test_add ("/directory/route", test_route);
  belfry_test_add ("/directory/list", test_list);
  belfry_test_add ("/directory/pages", test_pages);
  belfry_test_add ("/directory/foreach", test_foreach);
  return g_test_run ();
}
