/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-message.h"
#include "belfry-topic.h"

G_BEGIN_DECLS

/**
 * BelfryRedisEnvelope:
 *
 * A message on a channel that all topics share: a JSON object, see doc/redis.md.
 */
typedef struct
{
  char *topic; /* (owned) */
  BelfryMessageKind kind;
  BelfryPosition position; /* unset if the message is not kept */
  gint64 published;        /* microseconds since 1970; 0 if it is not told */
  GBytes *payload;         /* (owned) */
  char *origin;            /* (owned) (nullable): which instance published it */
} BelfryRedisEnvelope;

/**
 * BelfryRedisPieces:
 *
 * An envelope without the position and the time, which a script puts between head and middle: it
 * reads head, position, middle, body, tail.
 */
typedef struct
{
  char *head;         /* (owned) */
  const char *middle; /* (unowned): static */
  GBytes *body;       /* (owned): the payload itself if it can stand there as it is */
  char *tail;         /* (owned) */
} BelfryRedisPieces;

/**
 * belfry_redis_envelope_read:
 * @published: what came; untrusted
 * @envelope: (out caller-allocates): to be cleared if it was set
 * @error: %BELFRY_ERROR_BAD_REQUEST, %BELFRY_ERROR_TOO_LARGE or %BELFRY_ERROR_TOPIC_INVALID
 *
 * Returns: whether it is an envelope; @envelope is set if so
 */
gboolean
belfry_redis_envelope_read (GBytes *published, BelfryRedisEnvelope *envelope, GError **error);

/**
 * belfry_redis_envelope_peek:
 * @published: what came; untrusted
 * @topic: where to write it, with a NUL
 *
 * Finds the topic of an envelope that begins with it, as most do, and looks at nothing else.
 *
 * Returns: whether @topic is set: to what need not be a topic, in what need not be an envelope
 */
gboolean belfry_redis_envelope_peek (GBytes *published, char topic[BELFRY_TOPIC_MAX + 1]);
void belfry_redis_envelope_clear (BelfryRedisEnvelope *envelope);

/* Returns: (transfer full): the envelope as it is published */
GBytes *belfry_redis_envelope_write (const BelfryRedisEnvelope *envelope);

/* Writes it but for position and time. To be cleared. */
void belfry_redis_envelope_cut (const BelfryRedisEnvelope *envelope, BelfryRedisPieces *pieces);
void belfry_redis_pieces_clear (BelfryRedisPieces *pieces);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BelfryRedisEnvelope, belfry_redis_envelope_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BelfryRedisPieces, belfry_redis_pieces_clear)

G_END_DECLS
