/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfryRedisWordKind:
 *
 * What one instance tells all others.
 */
typedef enum
{
  BELFRY_REDIS_WORD_BLOCK_USER,   /* until @until */
  BELFRY_REDIS_WORD_UNBLOCK_USER, /* at once */
  BELFRY_REDIS_WORD_REVOKE_TOKEN, /* until @until */
  BELFRY_REDIS_WORD_CLOSE_USER,   /* with @code and @reason */
  BELFRY_REDIS_N_WORDS,
} BelfryRedisWordKind;

/**
 * BelfryRedisWord:
 *
 * Something that was said at one instance and is meant for all: a JSON object on the service's own
 * channel.
 */
typedef struct
{
  BelfryRedisWordKind kind;
  char *text;   /* (owned): a user, or the id of a token */
  char *reason; /* (owned) (nullable) */
  gint64 until; /* microseconds since 1970; 0 where the kind has none */
  guint code;   /* that sessions are closed with; 0 where the kind has its own */
  char *origin; /* (owned) (nullable): the instance that said it; set by who tells */
} BelfryRedisWord;

void belfry_redis_word_free (BelfryRedisWord *self);

/**
 * belfry_redis_word_read:
 * @json: untrusted
 * @error: %BELFRY_ERROR_BAD_REQUEST or %BELFRY_ERROR_TOO_LARGE
 *
 * Returns: (transfer full): what it says
 */
BelfryRedisWord *belfry_redis_word_read (GBytes *json, GError **error);

/**
 * belfry_redis_word_write:
 * @origin: (nullable): in place of the word's own
 *
 * Returns: (transfer full): the word as JSON
 */
GBytes *belfry_redis_word_write (const BelfryRedisWord *self, const char *origin);

/* Returns: (transfer full) (nullable): what the word is about, if it is kept or ends one that is */
char *belfry_redis_word_dup_name (const BelfryRedisWord *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryRedisWord, belfry_redis_word_free)

G_END_DECLS
