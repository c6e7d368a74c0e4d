/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-topic-tree.h"

#include <string.h>

#include "belfry-test.h"
#include "belfry-topic.h"

#define SEED 20260101
#define N_STEPS 4000
#define N_TOPICS 4

static int
compare_words (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
note (const char *pattern, gpointer value, gpointer user_data)
{
  g_assert_cmpstr (pattern, ==, value);
  g_ptr_array_add (user_data, (gpointer) pattern);
}

/* Returns the patterns that match, in their order, with blanks between them. */
static char *
match (const BelfryTopicTree *tree, const char *topic)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();

  belfry_topic_tree_match (tree, topic, note, found);
  g_ptr_array_sort (found, compare_words);
  g_ptr_array_add (found, NULL);
  return g_strjoinv (" ", (char **) found->pdata);
}

static void
assert_match (const BelfryTopicTree *tree, const char *topic, const char *expected)
{
  g_autofree char *found = match (tree, topic);

  g_test_message ("%s", topic);
  g_assert_cmpstr (found, ==, expected);
}

static const char *const patterns[] = {
  "a", "a.b", "a:b", "a.*", "*.b", "*.*", "a.>", ">", "*", "a.*.c", "a..c", "a.", "a.b*",
};

static BelfryTopicTree *
make_tree (void)
{
  BelfryTopicTree *tree = belfry_topic_tree_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (patterns); i++)
    g_assert_null (belfry_topic_tree_insert (tree, patterns[i], (gpointer) patterns[i]));
  return tree;
}

/* All patterns that match are found, names among them, each once. */
static void
test_match (void)
{
  g_autoptr (BelfryTopicTree) tree = make_tree ();

  assert_match (tree, "a", "* > a");
  assert_match (tree, "b", "* >");
  assert_match (tree, "a.b", "*.* *.b > a.* a.> a.b");
  assert_match (tree, "a:b", "> a:b");
  assert_match (tree, "a/b", ">");
  assert_match (tree, "a.", "*.* > a. a.* a.>");
  assert_match (tree, "a..c", "> a.*.c a..c a.>");
  assert_match (tree, "a.b.c", "> a.*.c a.>");
  assert_match (tree, "a.bc", "*.* > a.* a.>");
  assert_match (tree, ".", "*.* >");
}

/* A pattern that is asked for by its own spelling is not found twice. */
static void
test_match_pattern (void)
{
  g_autoptr (BelfryTopicTree) tree = make_tree ();

  assert_match (tree, "*", "* >");
  assert_match (tree, "a.*", "*.* > a.* a.>");
  assert_match (tree, ">", "* >");
  assert_match (tree, "a.>", "*.* > a.* a.>");
}

/* Nothing matches where nothing is. */
static void
test_empty (void)
{
  g_autoptr (BelfryTopicTree) tree = belfry_topic_tree_new ();

  assert_match (tree, "a", "");
  g_assert_null (belfry_topic_tree_lookup (tree, "a"));
  g_assert_null (belfry_topic_tree_remove (tree, "a"));
  g_assert_cmpuint (belfry_topic_tree_get_size (tree), ==, 0);
}

/* A pattern has one value; a new one gives back the old. */
static void
test_replace (void)
{
  g_autoptr (BelfryTopicTree) tree = make_tree ();
  char other[] = "a.*";

  g_assert_true (belfry_topic_tree_insert (tree, "a.*", other) == patterns[3]);
  g_assert_true (belfry_topic_tree_lookup (tree, "a.*") == other);
  g_assert_cmpuint (belfry_topic_tree_get_size (tree), ==, G_N_ELEMENTS (patterns));
}

/* What is on the way to a pattern is none itself. */
static void
test_way_is_no_pattern (void)
{
  g_autoptr (BelfryTopicTree) tree = belfry_topic_tree_new ();
  char value[] = "a.b.c";

  belfry_topic_tree_insert (tree, value, value);
  g_assert_null (belfry_topic_tree_lookup (tree, "a.b"));
  g_assert_null (belfry_topic_tree_remove (tree, "a.b"));
  g_assert_null (belfry_topic_tree_remove (tree, "a.b.c.d"));
  assert_match (tree, "a.b", "");
  assert_match (tree, "a.b.c", "a.b.c");
}

/* Taking one out leaves those before it and behind it. */
static void
test_remove (void)
{
  g_autoptr (BelfryTopicTree) tree = make_tree ();

  g_assert_true (belfry_topic_tree_remove (tree, "a.*") == patterns[3]);
  g_assert_null (belfry_topic_tree_remove (tree, "a.*"));
  g_assert_cmpuint (belfry_topic_tree_get_size (tree), ==, G_N_ELEMENTS (patterns) - 1);
  assert_match (tree, "a.b", "*.* *.b > a.> a.b");
  assert_match (tree, "a.b.c", "> a.*.c a.>");
  for (gsize i = 0; i < G_N_ELEMENTS (patterns); i++)
    belfry_topic_tree_remove (tree, patterns[i]);
  g_assert_cmpuint (belfry_topic_tree_get_size (tree), ==, 0);
  assert_match (tree, "a", "");
}

/* The longest topics, with as many segments as there can be, are walked to their end. */
static void
test_many_segments (void)
{
  g_autoptr (BelfryTopicTree) tree = belfry_topic_tree_new ();
  g_autofree char *dots = g_strnfill (BELFRY_TOPIC_MAX, '.');
  g_autofree char *stars = g_strnfill (BELFRY_TOPIC_MAX, '.');
  g_autofree char *letters = g_strnfill (BELFRY_TOPIC_MAX, '.');

  for (gsize i = 0; i < BELFRY_TOPIC_MAX; i += 2)
    {
      stars[i] = '*';
      letters[i] = 'a';
    }
  g_autofree char *expected = g_strdup_printf ("%s %s", stars, letters);
  belfry_topic_tree_insert (tree, dots, dots);
  belfry_topic_tree_insert (tree, stars, stars);
  belfry_topic_tree_insert (tree, letters, letters);
  assert_match (tree, dots, dots);
  assert_match (tree, letters, expected);
}

/* However many are side by side, each is found. */
static void
test_many_children (void)
{
  g_autoptr (BelfryTopicTree) tree = belfry_topic_tree_new ();
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < 1000; i++)
    {
      char *name = g_strdup_printf ("user.%u.x", (i * 7919) % 1000);

      g_ptr_array_add (names, name);
      g_assert_null (belfry_topic_tree_insert (tree, name, name));
    }
  for (guint i = 0; i < names->len; i++)
    {
      char *name = g_ptr_array_index (names, i);

      assert_match (tree, name, name);
      g_assert_true (belfry_topic_tree_remove (tree, name) == name);
      g_assert_null (belfry_topic_tree_lookup (tree, name));
    }
}

/* Of few words, so that patterns often match. */
static char *
make_name (GRand *rand, gboolean pattern)
{
  static const char *const words[] = { "", "a", "b", "*" };
  static const char separators[] = ".:";
  GString *name = g_string_new (NULL);
  int n = g_rand_int_range (rand, 1, 5);

  for (int i = 0; i < n; i++)
    {
      if (i > 0)
        g_string_append_c (name, separators[g_rand_int_range (rand, 0, 2)]);
      g_string_append (name, words[g_rand_int_range (rand, 0, pattern ? 4 : 3)]);
    }
  if (pattern && g_rand_boolean (rand))
    g_string_append (name, ".>");
  if (name->len == 0)
    g_string_append_c (name, 'c');
  return g_string_free (name, FALSE);
}

/* Returns what match() must, found by looking at all. */
static char *
match_naively (GHashTable *model, const char *topic)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer pattern;

  g_hash_table_iter_init (&iter, model);
  while (g_hash_table_iter_next (&iter, &pattern, NULL))
    {
      if (belfry_topic_match (pattern, topic))
        g_ptr_array_add (found, pattern);
    }
  g_ptr_array_sort (found, compare_words);
  g_ptr_array_add (found, NULL);
  return g_strjoinv (" ", (char **) found->pdata);
}

/* Whatever goes in and out, the tree finds what a look at all patterns finds. */
static void
test_model (void)
{
  g_autoptr (BelfryTopicTree) tree = belfry_topic_tree_new ();
  g_autoptr (GHashTable) model = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GRand) rand = g_rand_new_with_seed (SEED);
  guint n_found = 0;

  for (int step = 0; step < N_STEPS; step++)
    {
      g_autofree char *name = make_name (rand, TRUE);
      gpointer known = g_hash_table_lookup (model, name);

      g_assert_true (belfry_topic_tree_lookup (tree, name) == known);
      if (known == NULL && g_rand_boolean (rand))
        {
          char *kept = g_steal_pointer (&name);

          g_hash_table_insert (model, kept, kept);
          g_assert_null (belfry_topic_tree_insert (tree, kept, kept));
        }
      else
        {
          g_assert_true (belfry_topic_tree_remove (tree, name) == known);
          g_hash_table_remove (model, name);
        }
      g_assert_cmpuint (belfry_topic_tree_get_size (tree), ==, g_hash_table_size (model));
      for (int i = 0; i < N_TOPICS; i++)
        {
          g_autofree char *topic = make_name (rand, FALSE);
          g_autofree char *expected = match_naively (model, topic);
          g_autofree char *found = match (tree, topic);

          g_assert_cmpstr (found, ==, expected);
          n_found += *found != '\0';
        }
    }
  g_assert_cmpuint (n_found, >, N_STEPS);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/topic-tree/match", test_match);
  belfry_test_add ("/topic-tree/match-pattern", test_match_pattern);
  belfry_test_add ("/topic-tree/empty", test_empty);
  belfry_test_add ("/topic-tree/replace", test_replace);
  belfry_test_add ("/topic-tree/way-is-no-pattern", test_way_is_no_pattern);
  belfry_test_add ("/topic-tree/remove", test_remove);
  belfry_test_add ("/topic-tree/many-segments", test_many_segments);
  belfry_test_add ("/topic-tree/many-children", test_many_children);
  belfry_test_add ("/topic-tree/model", test_model);
  return g_test_run ();
}
