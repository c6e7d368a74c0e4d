/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Letters of an epoch's name: sixteen hexadecimal digits. */
#define BELFRY_EPOCH_LENGTH 16

/**
 * BelfryPosition:
 * @epoch: which counting @offset belongs to; 0 if there is none
 * @offset: of a message: its number in its topic, from 1; of a client: that of the last one it has
 *
 * A place in the history of a topic. Zero is no place: the topic keeps no history.
 */
typedef struct
{
  guint64 epoch;
  guint64 offset;
} BelfryPosition;

static inline gboolean
belfry_position_is_set (const BelfryPosition *self)
{
  return self->epoch != 0;
}

/**
 * belfry_epoch_new:
 *
 * Returns: a random epoch, never 0
 */
guint64 belfry_epoch_new (void);

/* What clients are told: an opaque text. */
void belfry_epoch_format (guint64 epoch, char text[BELFRY_EPOCH_LENGTH + 1]);

/**
 * belfry_epoch_parse:
 * @text: untrusted
 *
 * Returns: whether it is an epoch as belfry_epoch_format() writes it
 */
gboolean belfry_epoch_parse (const char *text, gsize length, guint64 *epoch);

G_END_DECLS
