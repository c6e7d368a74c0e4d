/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-command"

#include "config.h"

#include "belfry-redis-command.h"

#include <hiredis/hiredis.h>
#include <string.h>

/* hiredis's formatter counts in int: whatever could come near its end is refused before. */

#define MAX_ARGUMENTS (1024 * 1024)
#define MAX_COMMAND (512 * 1024 * 1024)

/* What surrounds an argument at the most: `$`, digits and two line ends. */
#define ARGUMENT_OVERHEAD 32

guint
belfry_redis_command_count (const BelfryRedisCommand *self)
{
  return self->argc > 0 ? self->argc : g_strv_length ((char **) self->argv);
}

static gboolean
fits (const gsize *lengths, guint argc, gsize max)
{
  gsize room = MIN (max, MAX_COMMAND);

  if (argc > MAX_ARGUMENTS || room / ARGUMENT_OVERHEAD < argc + 1)
    return FALSE;
  room -= ARGUMENT_OVERHEAD * (gsize) (argc + 1);
  for (guint i = 0; i < argc; i++)
    {
      if (lengths[i] > room)
        return FALSE;
      room -= lengths[i];
    }
  return TRUE;
}

static gsize *
lengths_of (const BelfryRedisCommand *self, guint argc)
{
  gsize *lengths = g_new (gsize, argc);

  for (guint i = 0; i < argc; i++)
    lengths[i] = self->lengths != NULL ? self->lengths[i] : strlen (self->argv[i]);
  return lengths;
}

gboolean
belfry_redis_command_format (const BelfryRedisCommand *self,
                             GByteArray *out,
                             gsize max,
                             GError **error)
{
  guint argc = belfry_redis_command_count (self);
  g_autofree gsize *lengths = lengths_of (self, argc);
  char *text = NULL;

  if (!fits (lengths, argc, max))
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_TOO_LARGE,
                   "%s: larger than what may wait for Redis", self->argv[0]);
      return FALSE;
    }
  int length = redisFormatCommandArgv (&text, (int) argc, (const char **) self->argv, lengths);
  if (length < 0)
    g_error ("no memory for a command");
  g_byte_array_append (out, (const guint8 *) text, (guint) length);
  explicit_bzero (text, (gsize) length);
  redisFreeCommand (text);
  return TRUE;
}
