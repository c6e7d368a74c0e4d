/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-slot"

#include "config.h"

#include "belfry-redis-slot.h"

#include <string.h>

/* How a cluster divides names. Pure functions over bytes: any thread. */

#define POLYNOMIAL 0x1021
#define TOP_BIT 0x8000
#define BITS_PER_BYTE 8

/* Four CRCs have the same slot. */
#define CRCS_PER_SLOT 4

/* What is tried until the two letters that follow from it are letters indeed: one of sixteen is. */
#define N_LEADS 256
#define LEAD_LENGTH 2
#define LETTERS 2

static guint
advance (guint crc, const char *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    {
      crc ^= (guint) (guint8) bytes[i] << BITS_PER_BYTE;
      for (int bit = 0; bit < BITS_PER_BYTE; bit++)
        crc = (crc & TOP_BIT) != 0 ? (crc << 1 ^ POLYNOMIAL) & G_MAXUINT16 : crc << 1;
    }
  return crc;
}

/* Returns: what was before @bytes led to @crc */
static guint
retreat (guint crc, const char *bytes, gsize length)
{
  for (gsize i = length; i > 0; i--)
    {
      for (int bit = 0; bit < BITS_PER_BYTE; bit++)
        crc = (crc & 1) != 0 ? (crc ^ POLYNOMIAL) >> 1 | TOP_BIT : crc >> 1;
      crc ^= (guint) (guint8) bytes[i - 1] << BITS_PER_BYTE;
    }
  return crc;
}

guint16
belfry_redis_crc16 (const char *bytes, gsize length)
{
  return (guint16) advance (0, bytes, length);
}

/* What of a name decides on its slot. */
static const char *
find_tag (const char *name, gsize *length)
{
  const char *open = memchr (name, '{', *length);

  if (open == NULL)
    return name;
  gsize left = *length - (gsize) (open + 1 - name);
  const char *closing = memchr (open + 1, '}', left);
  if (closing == NULL || closing == open + 1)
    return name;
  *length = (gsize) (closing - (open + 1));
  return open + 1;
}

guint
belfry_redis_slot_of (const char *name, gsize length)
{
  const char *tag = find_tag (name, &length);

  return belfry_redis_crc16 (tag, length) % BELFRY_REDIS_N_SLOTS;
}

static gboolean
has_slot (const char *name, guint slot)
{
  return belfry_redis_slot_of (name, strlen (name)) == slot;
}

/* Two bytes lead from any CRC to any other; they are wanted to be letters or digits. */
static gboolean
solve (guint before, guint after, char letters[LETTERS])
{
  static const char zeros[LETTERS];
  guint pair = before ^ retreat (after, zeros, LETTERS);

  letters[0] = (char) (pair >> BITS_PER_BYTE);
  letters[1] = (char) (pair & G_MAXUINT8);
  return g_ascii_isalnum (letters[0]) && g_ascii_isalnum (letters[1]);
}

/* @name has a tag of four letters at @tag, which is made such that the name has this slot. It is
 * part of what decides on that, wherever other braces are. */
static void
choose_tag (char *name, char *tag, guint slot)
{
  gsize length = strlen (name);
  const char *hashed = find_tag (name, &length);
  char *letters = tag + LEAD_LENGTH;
  const char *rest = letters + LETTERS;

  g_return_if_fail (tag >= hashed && rest <= hashed + length);
  guint start = advance (0, hashed, (gsize) (tag - hashed));
  for (guint i = 0; i < N_LEADS * CRCS_PER_SLOT; i++)
    {
      guint goal = slot + i % CRCS_PER_SLOT * BELFRY_REDIS_N_SLOTS;

      tag[0] = "0123456789abcdef"[i / CRCS_PER_SLOT / 16];
      tag[1] = "0123456789abcdef"[i / CRCS_PER_SLOT % 16];
      if (solve (advance (start, tag, LEAD_LENGTH),
                 retreat (goal, rest, (gsize) (hashed + length - rest)), letters))
        return;
    }
  g_assert_not_reached ();
}

char *
belfry_redis_slot_name_key (const char *prefix,
                            const char *kind,
                            const char *channel,
                            const char *detail)
{
  guint slot = belfry_redis_slot_of (channel, strlen (channel));
  gboolean plain = strpbrk (channel, "{}") == NULL;
  g_autofree char *name = g_strdup_printf ("%sbelfry:%s:{%s}%s", prefix, kind, channel, detail);

  /* In a channel with braces, where it ends and the detail begins would not be clear. */
  if (plain && has_slot (name, slot))
    return g_steal_pointer (&name);
  g_autofree char *odd = g_strdup_printf ("%sbelfry:%s:{0000}%s}%s", prefix, kind, channel, detail);
  /* With a whole tag in the prefix all names have one slot: there is nothing to choose. */
  if (!has_slot (odd, slot))
    choose_tag (odd, odd + strlen (prefix) + strlen ("belfry::{") + strlen (kind), slot);
  return g_steal_pointer (&odd);
}

char *
belfry_redis_slot_name_in (const char *prefix, const char *kind, const char *detail, guint slot)
{
  g_autofree char *name = g_strdup_printf ("%sbelfry:%s:{0000}%s", prefix, kind, detail);
  char *tag = name + strlen (prefix) + strlen ("belfry::{") + strlen (kind);
  gsize length = strlen (name);
  const char *hashed = find_tag (name, &length);

  if (tag < hashed || tag >= hashed + length)
    return NULL;
  choose_tag (name, tag, slot);
  return g_steal_pointer (&name);
}
