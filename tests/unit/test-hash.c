/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-hash.h"

#include <string.h>

#include "belfry-test.h"

#define MAX_LENGTH 64
#define N_NAMES 4096

typedef struct
{
  gsize length;
  guint64 hash;
} Vector;

/* Of the bytes 0, 1, 2 and so on, with the same as the key; by another implementation that also
 * says what the paper does of two and four rounds. */
static const Vector vectors[] = {
  { 0, G_GUINT64_CONSTANT (0xabac0158050fc4dc) },  { 1, G_GUINT64_CONSTANT (0xc9f49bf37d57ca93) },
  { 2, G_GUINT64_CONSTANT (0x82cb9b024dc7d44d) },  { 7, G_GUINT64_CONSTANT (0xd3927d989bb11140) },
  { 8, G_GUINT64_CONSTANT (0x369095118d299a8e) },  { 9, G_GUINT64_CONSTANT (0x25a48eb36c063de4) },
  { 15, G_GUINT64_CONSTANT (0xd320d86d2a519956) }, { 16, G_GUINT64_CONSTANT (0xcc4fdd1a7d908b66) },
  { 31, G_GUINT64_CONSTANT (0x2370dd1f8c21d1bc) }, { 63, G_GUINT64_CONSTANT (0x9d199062b7bbb3a8) },
};

static const BelfryHashKey vector_key = {
  G_GUINT64_CONSTANT (0x0706050403020100),
  G_GUINT64_CONSTANT (0x0f0e0d0c0b0a0908),
};

/* It is SipHash and nothing like it. */
static void
test_vectors (void)
{
  guint8 bytes[MAX_LENGTH];

  for (gsize i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8) i;
  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      g_test_message ("%zu bytes", vectors[i].length);
      g_assert_cmphex (belfry_hash_siphash (&vector_key, bytes, vectors[i].length), ==,
                       vectors[i].hash);
    }
}

/* Where the bytes lie does not matter, nor does what stands behind them. */
static void
test_places (void)
{
  guint8 bytes[MAX_LENGTH + 8];

  for (gsize shift = 0; shift < 8; shift++)
    {
      memset (bytes, (int) (0x80 + shift), sizeof bytes);
      for (gsize i = 0; i < 31; i++)
        bytes[shift + i] = (guint8) i;
      g_assert_cmphex (belfry_hash_siphash (&vector_key, bytes + shift, 31), ==,
                       G_GUINT64_CONSTANT (0x2370dd1f8c21d1bc));
    }
}

/* A text is its bytes, and the key stays what it was. */
static void
test_text (void)
{
  g_assert_cmphex (belfry_hash_text ("chat-room"), ==, belfry_hash_bytes ("chat-room", 9));
  g_assert_cmphex (belfry_hash_text (""), ==, belfry_hash_bytes (NULL, 0));
}

/* GLib's own hash adds up letters, so that "aB" and "b!" are the same to it: of names that are made
 * of these pairs, all fall into one place. Here they do not. */
static void
test_chosen_names (void)
{
  g_autoptr (GHashTable) simple = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) keyed = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < N_NAMES; i++)
    {
      g_autoptr (GString) name = g_string_new (NULL);

      for (guint bit = 1; bit < N_NAMES; bit <<= 1)
        g_string_append (name, (i & bit) != 0 ? "aB" : "b!");
      g_hash_table_add (simple, GUINT_TO_POINTER (g_str_hash (name->str)));
      g_hash_table_add (keyed, GUINT_TO_POINTER (belfry_hash_text (name->str)));
    }
  g_assert_cmpuint (g_hash_table_size (simple), ==, 1);
  g_assert_cmpuint (g_hash_table_size (keyed), >, N_NAMES - 10);
}

static gpointer
hash_in_thread (gpointer text)
{
  return GUINT_TO_POINTER (belfry_hash_text (text));
}

/* All threads have the same key, whichever of them asks first. */
static void
test_threads (void)
{
  char text[] = "chat-room";
  GThread *threads[4];

  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("hash", hash_in_thread, text);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_assert_cmphex (GPOINTER_TO_UINT (g_thread_join (threads[i])), ==, belfry_hash_text (text));
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/hash/threads", test_threads);
  belfry_test_add ("/hash/vectors", test_vectors);
  belfry_test_add ("/hash/places", test_places);
  belfry_test_add ("/hash/text", test_text);
  belfry_test_add ("/hash/chosen-names", test_chosen_names);
  return g_test_run ();
}
