/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-message.h"

G_BEGIN_DECLS

/* How a message that is more than its payload looks on its topic's channel: a mark that no UTF-8
 * text begins with, a version, the kind, the epoch, the offset, the time, and the payload as it is.
 * Numbers are digits of a fixed length, so that a script can write them and a person read them. */

#define BELFRY_REDIS_FRAME_MARK                                                                    \
  "\xff"                                                                                           \
  "B"
#define BELFRY_REDIS_FRAME_VERSION "1"

/* Decimal digits of an offset and of a time: as many as Redis's scripts can count to. */
#define BELFRY_REDIS_NUMBER_LENGTH 16
#define BELFRY_REDIS_NUMBER_MAX ((guint64) 1 << 53)

/* Bytes before the payload. */
#define BELFRY_REDIS_FRAME_HEADER                                                                  \
  (sizeof BELFRY_REDIS_FRAME_MARK BELFRY_REDIS_FRAME_VERSION "k" - 1 + BELFRY_EPOCH_LENGTH +       \
   2 * BELFRY_REDIS_NUMBER_LENGTH)

/**
 * BelfryRedisFrame:
 *
 * What a frame says.
 */
typedef struct
{
  BelfryMessageKind kind;
  BelfryPosition position; /* unset if the message is not kept */
  gint64 published;        /* microseconds since 1970; 0 if it is not told */
  GBytes *payload;         /* (owned): a part of what was read */
} BelfryRedisFrame;

/**
 * BelfryRedisFrameResult:
 *
 * What a published message is.
 */
typedef enum
{
  BELFRY_REDIS_FRAME_RAW, /* no frame: a payload as it is */
  BELFRY_REDIS_FRAME_READ,
  BELFRY_REDIS_FRAME_BROKEN, /* begins like one, and is none that we know */
} BelfryRedisFrameResult;

/**
 * belfry_redis_frame_read:
 * @published: what came; untrusted
 * @frame: (out caller-allocates): set with %BELFRY_REDIS_FRAME_READ, to be cleared then
 */
BelfryRedisFrameResult belfry_redis_frame_read (GBytes *published, BelfryRedisFrame *frame);
void belfry_redis_frame_clear (BelfryRedisFrame *frame);

/* Returns: (transfer full): the frame of a message, with what cannot be written as none: an offset
 * or a time beyond %BELFRY_REDIS_NUMBER_MAX */
GBytes *belfry_redis_frame_write (const BelfryRedisFrame *frame);

/* Returns: whether @payload would be read as a frame if it were published as it is */
gboolean belfry_redis_frame_is_needed (GBytes *payload);

/* Returns: the letter that stands for @kind, in frames and in streams */
char belfry_redis_frame_letter (BelfryMessageKind kind);
gboolean belfry_redis_frame_parse_letter (char letter, BelfryMessageKind *kind);

G_END_DECLS
