/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-hub.h"

G_BEGIN_DECLS

/**
 * BelfryHttpItem:
 *
 * Something that a caller of the HTTP API wants published, and what became of it.
 */
typedef struct
{
  char *topic;     /* (owned) (nullable) */
  char *key;       /* (owned) (nullable): the idempotency key */
  GBytes *payload; /* (owned) (nullable) */
  BelfryPosition position;
  GError *error; /* (owned) (nullable): why it was not published */
} BelfryHttpItem;
void belfry_http_item_free (BelfryHttpItem *self);

/**
 * belfry_http_publish_parse:
 * @body: untrusted
 * @max_payload: bytes of one payload
 * @is_list: (out): whether @body is a list
 * @error: %BELFRY_ERROR_BAD_REQUEST or %BELFRY_ERROR_TOO_LARGE if it is neither an object nor a
 * list of a size that is allowed
 *
 * What is wrong with one item is that item's error.
 *
 * Returns: (transfer full) (nullable) (element-type BelfryHttpItem): in their order
 */
GPtrArray *belfry_http_publish_parse (GBytes *body,
                                      gsize max_payload,
                                      guint max_items,
                                      gboolean *is_list,
                                      GError **error);

/* Appends what became of an item, a JSON object. */
void belfry_http_publish_write (const BelfryHttpItem *item, GString *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryHttpItem, belfry_http_item_free)

G_END_DECLS
