/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-request-head.h"

G_BEGIN_DECLS

/**
 * BelfryRequest:
 *
 * A request that is collected, head and body, before anybody is bothered with it. Zero is empty.
 */
typedef struct
{
  BelfryRequestHead head;
  GByteArray *bytes; /* (owned) (nullable) */
  gboolean has_head;
} BelfryRequest;

/* What belfry_request_judge() says besides the statuses of #BelfryRequestHead. */
#define BELFRY_REQUEST_BODY 2

/**
 * belfry_request_room:
 *
 * Returns: how many bytes to read next, so that none but the first read goes beyond the request; at
 * the most %BELFRY_REQUEST_HEAD_MAX, and not zero unless the request is complete
 */
gsize belfry_request_room (const BelfryRequest *self);
void belfry_request_append (BelfryRequest *self, const guint8 *bytes, gsize length);

/**
 * belfry_request_judge:
 * @rule: which bodies are taken
 *
 * Returns: %BELFRY_REQUEST_HEAD_MORE, %BELFRY_REQUEST_BODY if the head is complete and the body is
 * not, %BELFRY_REQUEST_HEAD_COMPLETE if both are, or the status with which to refuse
 */
guint belfry_request_judge (BelfryRequest *self, const BelfryBodyRule *rule);

/**
 * belfry_request_get_held:
 *
 * Returns: how many bytes of a request with a body are here; 0 for one without
 */
gsize belfry_request_get_held (const BelfryRequest *self);
void belfry_request_clear (BelfryRequest *self);

G_END_DECLS
