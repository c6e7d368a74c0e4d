/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-hash"

#include "config.h"

#include "belfry-hash.h"

#include <string.h>
#include <sys/random.h>

/* SipHash (Aumasson and Bernstein, 2012) with one round for each word and three at the end, which
 * is what tables need. The key belongs to the process, since a GHashFunc is given nothing else; it
 * is chosen once, by whoever asks first. */

typedef struct
{
  guint64 v0;
  guint64 v1;
  guint64 v2;
  guint64 v3;
} State;

static inline guint64
rotate (guint64 word, guint by)
{
  return word << by | word >> (64 - by);
}

static inline void
mix (State *state)
{
  state->v0 += state->v1;
  state->v1 = rotate (state->v1, 13) ^ state->v0;
  state->v0 = rotate (state->v0, 32);
  state->v2 += state->v3;
  state->v3 = rotate (state->v3, 16) ^ state->v2;
  state->v0 += state->v3;
  state->v3 = rotate (state->v3, 21) ^ state->v0;
  state->v2 += state->v1;
  state->v1 = rotate (state->v1, 17) ^ state->v2;
  state->v2 = rotate (state->v2, 32);
}

static inline void
take (State *state, guint64 word)
{
  state->v3 ^= word;
  mix (state);
  state->v0 ^= word;
}

static inline guint64
read_word (const guint8 *bytes, gsize length)
{
  guint64 word = 0;

  if (length > 0)
    memcpy (&word, bytes, length);
  return GUINT64_FROM_LE (word);
}

/* Should the system have no random bytes, which it does not on any kernel that we run on, GLib's
 * own are the next best. */
static void
choose_key (BelfryHashKey *key)
{
  if (getrandom (key, sizeof *key, 0) == (gssize) sizeof *key)
    return;
  key->k0 = (guint64) g_random_int () << 32 | g_random_int ();
  key->k1 = (guint64) g_random_int () << 32 | g_random_int ();
}

static const BelfryHashKey *
process_key (void)
{
  static gsize chosen = 0;
  static BelfryHashKey key;

  if (g_once_init_enter (&chosen))
    {
      choose_key (&key);
      g_once_init_leave (&chosen, 1);
    }
  return &key;
}

guint64
belfry_hash_siphash (const BelfryHashKey *key, gconstpointer bytes, gsize length)
{
  State state = {
    .v0 = key->k0 ^ G_GUINT64_CONSTANT (0x736f6d6570736575),
    .v1 = key->k1 ^ G_GUINT64_CONSTANT (0x646f72616e646f6d),
    .v2 = key->k0 ^ G_GUINT64_CONSTANT (0x6c7967656e657261),
    .v3 = key->k1 ^ G_GUINT64_CONSTANT (0x7465646279746573),
  };
  const guint8 *p = bytes;
  gsize rest = length % sizeof (guint64);

  for (const guint8 *end = p + (length - rest); p < end; p += sizeof (guint64))
    take (&state, read_word (p, sizeof (guint64)));
  take (&state, (guint64) length << 56 | read_word (p, rest));
  state.v2 ^= 0xff;
  for (int i = 0; i < 3; i++)
    mix (&state);
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

guint
belfry_hash_bytes (gconstpointer bytes, gsize length)
{
  return (guint) belfry_hash_siphash (process_key (), bytes, length);
}

guint
belfry_hash_text (gconstpointer text)
{
  return belfry_hash_bytes (text, strlen (text));
}
