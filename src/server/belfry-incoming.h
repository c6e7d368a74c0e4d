/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-request-head.h"

G_BEGIN_DECLS

/**
 * BelfryIncoming:
 *
 * A request that is collected, head and body, before anybody is bothered with it. Zero is empty.
 */
typedef struct
{
  BelfryRequestHead head;
  GByteArray *bytes; /* (owned) (nullable) */
  gboolean has_head;
} BelfryIncoming;

/* What belfry_incoming_judge() says besides the statuses of #BelfryRequestHead. */
#define BELFRY_INCOMING_BODY 2

/**
 * belfry_incoming_room:
 *
 * Returns: how many bytes to read next, so that none but the first read goes beyond the request; at
 * the most %BELFRY_REQUEST_HEAD_MAX, and not zero unless the request is complete
 */
gsize belfry_incoming_room (const BelfryIncoming *self);
void belfry_incoming_append (BelfryIncoming *self, const guint8 *bytes, gsize length);

/**
 * belfry_incoming_judge:
 * @rule: which bodies are taken
 *
 * Returns: %BELFRY_REQUEST_HEAD_MORE, %BELFRY_INCOMING_BODY if the head is complete and the body is
 * not, %BELFRY_REQUEST_HEAD_COMPLETE if both are, or the status with which to refuse
 */
guint belfry_incoming_judge (BelfryIncoming *self, const BelfryBodyRule *rule);

/**
 * belfry_incoming_get_held:
 *
 * Returns: how many bytes of a request with a body are here; 0 for one without
 */
gsize belfry_incoming_get_held (const BelfryIncoming *self);
void belfry_incoming_clear (BelfryIncoming *self);

G_END_DECLS
