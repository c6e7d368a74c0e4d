/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-redis-slot.h"

#include <string.h>

#include "belfry-test.h"

static guint
slot_of (const char *name)
{
  return belfry_redis_slot_of (name, strlen (name));
}

/* The check value that Redis's specification of clusters gives for its CRC. */
static void
test_crc (void)
{
  g_assert_cmphex (belfry_redis_crc16 ("123456789", 9), ==, 0x31c3);
  g_assert_cmphex (belfry_redis_crc16 ("", 0), ==, 0);
}

/* The slots that a real cluster tells for these names. */
static void
test_slots (void)
{
  static const struct
  {
    const char *name;
    guint slot;
  } rows[] = {
    { "123456789", 12739 }, { "foo", 12182 }, { "bar", 5061 },
    { "hello", 866 },       { "", 0 },        { "user1000", 3443 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpuint (slot_of (rows[i].name), ==, rows[i].slot);
}

/* What stands between the first braces decides, by the rules of the specification. */
static void
test_tags (void)
{
  static const struct
  {
    const char *name;
    const char *tag;
  } rows[] = {
    { "{user1000}.following", "user1000" },
    { "foo{}{bar}", "foo{}{bar}" },
    { "foo{{bar}}zap", "{bar" },
    { "foo{bar}{zap}", "bar" },
    { "foo}bar{zap}", "zap" },
    { "foo{bar", "foo{bar" },
    { "{", "{" },
    { "{}", "{}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpuint (slot_of (rows[i].name), ==,
                      belfry_redis_crc16 (rows[i].tag, strlen (rows[i].tag)) %
                          BELFRY_REDIS_N_SLOTS);
}

/* An ordinary topic's key is one that a person would choose. */
static void
test_plain_key (void)
{
  g_autofree char *key = belfry_redis_slot_name_key ("app:", "stream", "app:chat.1", "");
  g_autofree char *detailed = belfry_redis_slot_name_key ("", "key", "chat.1", "abc");

  g_assert_cmpstr (key, ==, "app:belfry:stream:{app:chat.1}");
  g_assert_cmpstr (detailed, ==, "belfry:key:{chat.1}abc");
}

/* Whatever braces stand in the prefix and in the topic, a key has the slot of its channel, begins
 * with the prefix and is nobody else's. */
static void
test_odd_keys (void)
{
  static const char *const prefixes[] = { "", "app:", "{app}:", "a{b", "{", "{}", "}", "a}{b" };
  static const char *const topics[] = {
    "a", "a}b", "{", "}", "{}", "{a}", "a{b}c", "{{a}", "b}c{d}"
  };
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++)
    {
      g_hash_table_remove_all (seen);
      for (guint j = 0; j < 2 * G_N_ELEMENTS (topics); j++)
        {
          g_autofree char *channel = g_strconcat (prefixes[i], topics[j / 2], NULL);
          char *key =
              belfry_redis_slot_name_key (prefixes[i], j % 2 == 0 ? "stream" : "meta", channel, "");

          g_assert_true (g_str_has_prefix (key, prefixes[i]));
          g_assert_cmpuint (slot_of (key), ==, slot_of (channel));
          g_assert_true (g_hash_table_add (seen, key));
        }
    }
}

/* There is a key for each slot, also where the braces of the topic are in the way. */
static void
test_all_slots (void)
{
  for (guint i = 0; i < 3 * BELFRY_REDIS_N_SLOTS; i++)
    {
      g_autofree char *channel = g_strdup_printf ("%u}", i);
      g_autofree char *key = belfry_redis_slot_name_key ("", "stream", channel, "");

      g_assert_cmpuint (slot_of (key), ==, slot_of (channel));
    }
}

/* A name for any slot is found, and ends with its detail; only a prefix with a whole tag decides by
 * itself. */
static void
test_name_in (void)
{
  static const char *const prefixes[] = { "", "app:", "a{b", "a}b", "{}" };

  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++)
    {
      for (guint slot = 0; slot < BELFRY_REDIS_N_SLOTS; slot += 97)
        {
          g_autofree char *name = belfry_redis_slot_name_in (prefixes[i], "probe", "one:1", slot);

          if (name == NULL)
            {
              g_assert_cmpstr (prefixes[i], ==, "{}");
              continue;
            }
          g_assert_true (g_str_has_prefix (name, prefixes[i]));
          g_assert_true (g_str_has_suffix (name, "}one:1"));
          g_assert_cmpuint (belfry_redis_slot_of (name, strlen (name)), ==, slot);
        }
    }
  g_assert_null (belfry_redis_slot_name_in ("{app}", "probe", "", 1));
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/redis-slot/crc", test_crc);
  belfry_test_add ("/redis-slot/slots", test_slots);
  belfry_test_add ("/redis-slot/tags", test_tags);
  belfry_test_add ("/redis-slot/plain-key", test_plain_key);
  belfry_test_add ("/redis-slot/odd-keys", test_odd_keys);
  belfry_test_add ("/redis-slot/all-slots", test_all_slots);
  belfry_test_add ("/redis-slot/name-in", test_name_in);
  return g_test_run ();
}
