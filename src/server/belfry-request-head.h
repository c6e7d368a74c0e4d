/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The longest request line and fields together, as other servers have it, and as many fields as no
 * client has that means well. */
#define BELFRY_REQUEST_HEAD_MAX 16384
#define BELFRY_REQUEST_HEAD_MAX_TARGET 8192
#define BELFRY_REQUEST_HEAD_MAX_FIELDS 100

/**
 * BelfryBodyRule:
 *
 * Which requests may have a body, by the path as it is written in the request: another spelling of
 * the same path is another path here.
 */
typedef struct
{
  /* Returns: the largest body in bytes; 0 if there may be none */
  guint64 (*max_body) (const char *path, gsize length, gconstpointer data); /* (unowned) */
  gconstpointer data; /* (unowned) (nullable) */
} BelfryBodyRule;

/**
 * BelfryRequestHead:
 *
 * Decides whether the bytes before a request's body are a request that can be understood in one way
 * only, before an HTTP library sees them: libraries and proxies differ in what they forgive, and
 * that is what smuggling lives on. Zero-initialize it for each request. The fields up to `private`
 * are valid once it is complete.
 */
typedef struct
{
  gsize length;              /* of the head, with the empty line */
  guint64 content_length;    /* zero if there is none */
  gboolean expects_continue; /* the client waits with its body until it is asked for it */
  /*< private >*/
  gsize path; /* where it begins, and how long it is */
  gsize path_length;
  gsize expect; /* where that field begins, if it expects */
  gsize line;   /* where the present line begins */
  gsize seen;   /* bytes that have been looked at */
  guint n_lines;
  guint8 minor;
  guint has_host : 1;
  guint has_length : 1;
  guint is_chunked : 1;
} BelfryRequestHead;

/* Not statuses of HTTP, but in their place. */
#define BELFRY_REQUEST_HEAD_MORE 0
#define BELFRY_REQUEST_HEAD_COMPLETE 1

/**
 * belfry_request_head_feed:
 * @bytes: (array length=length): all that has come since the request's beginning, also what was
 * passed earlier
 * @rule: (nullable): which bodies are taken, %NULL for none; none is taken in chunks, for what has
 * no length cannot be bounded before it comes
 *
 * Each byte is looked at once, however small the pieces are.
 *
 * Returns: %BELFRY_REQUEST_HEAD_MORE, %BELFRY_REQUEST_HEAD_COMPLETE, or the status with which the
 * request is to be refused
 */
guint belfry_request_head_feed (BelfryRequestHead *self,
                                const char *bytes,
                                gsize length,
                                const BelfryBodyRule *rule);

/**
 * belfry_request_head_settle:
 * @bytes: the bytes of a complete head
 *
 * Hides from the library that the client expects to be asked for its body, because that was done,
 * or is not worth it any more: the body is there.
 */
void belfry_request_head_settle (const BelfryRequestHead *self, char *bytes);

G_END_DECLS
