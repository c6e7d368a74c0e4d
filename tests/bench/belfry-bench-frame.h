/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What both ends of the bench need of RFC 6455 and 7692: whole frames and no more. It shares
 * nothing with the service, so that a fault in one is not hidden by the same fault in the other. */

#define BELFRY_BENCH_TEXT 0x1
#define BELFRY_BENCH_CLOSE 0x8
#define BELFRY_BENCH_PING 0x9
#define BELFRY_BENCH_PONG 0xA

/* The longest payload; a frame that is not complete always leaves room to read on. */
#define BELFRY_BENCH_PAYLOAD_MAX 32768

/**
 * BelfryBenchFrame:
 *
 * One frame, inside what was read.
 */
typedef struct
{
  guint opcode;
  guint8 *payload; /* (unowned): no longer masked */
  gsize length;
  gboolean compressed; /* by permessage-deflate */
} BelfryBenchFrame;

/**
 * belfry_bench_frame_read:
 * @bytes: what has arrived; a masked payload is unmasked in place
 * @available: how much that is
 * @frame: (out): the frame, if it is complete
 *
 * Returns: the size of the frame; 0 if more is needed; -1 if it is a fragment or too long
 */
gssize belfry_bench_frame_read (guint8 *bytes, gsize available, BelfryBenchFrame *frame);

/**
 * belfry_bench_frame_append:
 * @out: what to append the frame to
 * @masked: whether to mask it, as a client must
 * @length: at most %BELFRY_BENCH_PAYLOAD_MAX
 */
void belfry_bench_frame_append (GByteArray *out,
                                guint opcode,
                                gboolean masked,
                                gconstpointer payload,
                                gsize length);

/**
 * BelfryBenchInflater:
 *
 * Makes compressed frames plain, one after the other; each stands for itself.
 */
typedef struct _BelfryBenchInflater BelfryBenchInflater;

BelfryBenchInflater *belfry_bench_inflater_new (void);
void belfry_bench_inflater_free (BelfryBenchInflater *self);

/**
 * belfry_bench_inflater_take:
 * @frame: a compressed one; its payload will be the inflater's, until the next call
 *
 * Returns: %FALSE if it is broken, or would be longer than %BELFRY_BENCH_PAYLOAD_MAX
 */
gboolean belfry_bench_inflater_take (BelfryBenchInflater *self, BelfryBenchFrame *frame);

/**
 * BelfryBenchBuffer:
 *
 * Where all connections of a thread read to. What is left of an incomplete frame is kept with the
 * connection.
 */
typedef struct
{
  guint8 bytes[65536];
  gsize length;
} BelfryBenchBuffer;

/**
 * belfry_bench_buffer_fill:
 * @rest: what was kept of this connection; taken back into the buffer if more has come
 *
 * Returns: what `recv` returned, with `errno` set if that is -1
 */
gssize belfry_bench_buffer_fill (BelfryBenchBuffer *self, int fd, GByteArray **rest);

/**
 * belfry_bench_buffer_keep:
 * @used: how much of the buffer was understood
 * @rest: (out): what is to be kept with the connection; unchanged if nothing is
 */
void belfry_bench_buffer_keep (const BelfryBenchBuffer *self, gsize used, GByteArray **rest);

/**
 * belfry_bench_raise_limit:
 *
 * Allows this process as many descriptors as it may have.
 *
 * Returns: how many that are
 */
guint belfry_bench_raise_limit (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryBenchInflater, belfry_bench_inflater_free)

G_END_DECLS
