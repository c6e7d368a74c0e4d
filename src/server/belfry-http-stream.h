/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

#include "belfry-request-head.h"

G_BEGIN_DECLS

/**
 * BelfryHttpStream:
 *
 * Stands between a client and an HTTP library, and lets through one well-formed request after the
 * other: a whole head, judged by #BelfryRequestHead, and then as many bytes as it announced. What
 * is refused is answered here and looks like the end of the stream to the library. Never reads
 * further than the present request, so that what follows an upgrade stays in its place.
 *
 * Has a property `base-iostream`. One thread.
 */
#define BELFRY_TYPE_HTTP_STREAM (belfry_http_stream_get_type ())
G_DECLARE_FINAL_TYPE (BelfryHttpStream, belfry_http_stream, BELFRY, HTTP_STREAM, GIOStream)

/**
 * BelfryHttpStreamEvents:
 *
 * What its owner learns. Both may be called from within any call of the stream's.
 */
typedef struct
{
  void (*begun) (gpointer user_data);  /* the first byte of a request has come */
  void (*closed) (gpointer user_data); /* once; the base is still open */
} BelfryHttpStreamEvents;

/**
 * belfry_http_stream_new:
 * @base: the connection: its streams must be pollable
 * @unread: (transfer full) (nullable): what has been read from it already
 * @rule: which bodies are taken; what it points to outlives the stream
 * @events: outlives the stream
 * @user_data: outlives the stream, or is let go by belfry_http_stream_detach()
 */
BelfryHttpStream *belfry_http_stream_new (GIOStream *base,
                                          GByteArray *unread,
                                          const BelfryBodyRule *rule,
                                          const BelfryHttpStreamEvents *events,
                                          gpointer user_data);

/**
 * belfry_http_stream_is_partial:
 *
 * Returns: whether a part of a request has come, but not all of it
 */
gboolean belfry_http_stream_is_partial (const BelfryHttpStream *self);

/**
 * belfry_http_stream_is_over:
 *
 * Returns: whether there will be no request any more: the client has gone, or was refused
 */
gboolean belfry_http_stream_is_over (const BelfryHttpStream *self);

/**
 * belfry_http_stream_get_body_length:
 *
 * Returns: how many bytes the body of the present request has
 */
guint64 belfry_http_stream_get_body_length (const BelfryHttpStream *self);

/**
 * belfry_http_stream_is_between:
 *
 * Returns: whether the present request has been read to its end, and nothing was read for the next
 */
gboolean belfry_http_stream_is_between (const BelfryHttpStream *self);

/* Returns: (transfer full) (nullable): what was read beyond the present request */
GByteArray *belfry_http_stream_take_unread (BelfryHttpStream *self);

/**
 * belfry_http_stream_prepare:
 *
 * Reads a request's head as far as it is there.
 *
 * Returns: whether the library can read without waiting, be it a request or the end
 */
gboolean belfry_http_stream_prepare (BelfryHttpStream *self);

/**
 * belfry_http_stream_refuse:
 *
 * Answers with a refusal, as far as that is possible without waiting. The stream is at its end
 * then.
 */
void belfry_http_stream_refuse (BelfryHttpStream *self, guint status);

/**
 * belfry_http_stream_detach:
 *
 * Lets all bytes pass from now on, those first that have been read already, and tells nobody
 * anything any more.
 */
void belfry_http_stream_detach (BelfryHttpStream *self);

G_END_DECLS
