/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>
#include <sys/uio.h>

#include "belfry-state.h"

G_BEGIN_DECLS

/**
 * BelfrySendPolicy:
 *
 * What becomes of a frame for which there is no room, or that comes again.
 */
typedef enum
{
  BELFRY_SEND_DISCONNECT,  /* must not be lost: the connection is closed instead */
  BELFRY_SEND_DROP_OLDEST, /* the oldest of those that may be dropped make room */
  BELFRY_SEND_DROP_NEWEST, /* it is not sent */
  BELFRY_SEND_CONFLATE,    /* takes the place of one of the same key that still waits */
  BELFRY_SEND_NOTICE, /* the same, and has room even if others have not: for what tells of loss */
  BELFRY_SEND_N_POLICIES,
} BelfrySendPolicy;

/**
 * BelfrySendOptions:
 *
 * How a frame is to be queued.
 */
typedef struct
{
  BelfrySendPolicy policy;
  guint32 key; /* tells what may replace what, and what was lost: one for each topic, as a rule */
} BelfrySendOptions;

/**
 * BelfrySendResult:
 *
 * What became of a frame.
 */
typedef enum
{
  BELFRY_SEND_QUEUED,
  BELFRY_SEND_REPLACED,       /* queued, in place of an older one of its key */
  BELFRY_SEND_MADE_ROOM,      /* queued, after others were dropped */
  BELFRY_SEND_DROPPED_NEWEST, /* not queued: there was no room */
  BELFRY_SEND_CROWDED,        /* a notice, not queued: too many wait that tell of other losses */
  BELFRY_SEND_OVERFLOW,       /* not queued: the connection cannot go on */
} BelfrySendResult;

/* What an entry costs besides its bytes, so that many small frames are bounded, too: the entry, and
 * the GBytes and the allocation that may be for this connection alone. */
#define BELFRY_SEND_OVERHEAD 64

/* Entries for which a queue has room without allocating: what one turn brings, as a rule. */
#define BELFRY_SEND_QUEUE_FEW 4

/**
 * BelfrySendDropFunc:
 * @key: that of a frame that was dropped to make room
 * @user_data: as given to belfry_send_queue_push()
 *
 * Must not touch the queue.
 */
typedef void (*BelfrySendDropFunc) (guint32 key, gpointer user_data);

/**
 * BelfrySendLimits:
 *
 * What all queues of a kind have in common.
 */
typedef struct
{
  gsize max_bytes;  /* what may wait; but one frame always fits, however big */
  guint max_exempt; /* how many control frames may wait; notices, up to three quarters of that */
  BelfrySendDropFunc dropped; /* (unowned) (nullable): told of frames dropped to make room */
} BelfrySendLimits;

/*< private >*/
typedef struct
{
  GBytes *frame; /* (owned) (nullable): NULL where one was dropped */
  guint32 key;
  guint8 policy;
  guint8 control;
} BelfrySendEntry;

/**
 * BelfrySendQueue:
 *
 * What waits to be written to one connection, as references to shared frames. A field of the
 * connection: zero is empty. The fields are the module's own.
 */
typedef struct
{
  /*< private >*/
  BelfrySendEntry *many; /* (owned) (nullable): a ring, while there are more than a few */
  guint32 head;          /* where the first entry is */
  guint32 length;        /* of what is in the ring, dropped ones too */
  guint32 dropped;       /* entries in the ring without a frame */
  guint32 capacity;      /* of the ring in use, a power of two; 0 stands for the few */
  gsize bytes;           /* what counts against the bound */
  gsize offset;          /* bytes of the first frame that are written */
  gsize pinned;          /* bytes from there on that were offered and cannot be taken back */
  gsize droppable;       /* how much of `bytes` may be dropped */
  guint32 exempt;        /* entries that do not count against the bound */
  guint32 replaceable;
  guint32 scanned; /* entries from the head among which there is nothing to drop */
  BelfrySendEntry few[BELFRY_SEND_QUEUE_FEW];
} BelfrySendQueue;

/**
 * belfry_send_queue_push:
 * @limits: the bounds
 * @frame: (transfer none): what is to be sent
 * @options: (nullable): %NULL stands for %BELFRY_SEND_DISCONNECT
 * @user_data: for the limits' function
 */
BelfrySendResult belfry_send_queue_push (BelfrySendQueue *self,
                                         const BelfrySendLimits *limits,
                                         GBytes *frame,
                                         const BelfrySendOptions *options,
                                         gpointer user_data);

/**
 * belfry_send_queue_push_control:
 * @replace: whether it takes the place of an earlier one of the same opcode that still waits
 * @opcode: what tells control frames apart
 *
 * As belfry_send_queue_push(), for what is exempt from the bound in bytes.
 *
 * Returns: %FALSE if too many wait already
 */
gboolean belfry_send_queue_push_control (BelfrySendQueue *self,
                                         const BelfrySendLimits *limits,
                                         GBytes *frame,
                                         guint opcode,
                                         gboolean replace);

/**
 * belfry_send_queue_fill:
 * @vectors: (out caller-allocated): where the bytes are that come next
 * @n: how many there may be
 * @total: (out): how many bytes that is
 *
 * Returns: how many vectors were filled
 */
guint belfry_send_queue_fill (BelfrySendQueue *self, struct iovec *vectors, guint n, gsize *total);

/**
 * belfry_send_queue_pin:
 * @bytes: how many of those that come next a transport wants to be offered again as they are
 *
 * The frames that these bytes belong to will not be dropped. Holds until the next pop.
 */
void belfry_send_queue_pin (BelfrySendQueue *self, gsize bytes);

/**
 * belfry_send_queue_pop:
 * @bytes: how many were written
 */
void belfry_send_queue_pop (BelfrySendQueue *self, gsize bytes);

/**
 * belfry_send_queue_drop_waiting:
 *
 * Drops all frames of which nothing has been written or offered.
 */
void belfry_send_queue_drop_waiting (BelfrySendQueue *self);

/**
 * belfry_send_queue_drop_notices:
 *
 * The same, but only notices: for one that stands for all of them.
 */
void belfry_send_queue_drop_notices (BelfrySendQueue *self);
void belfry_send_queue_clear (BelfrySendQueue *self);

/* Writes down what waits, for the queue of another image. */
void belfry_send_queue_save (BelfrySendQueue *self, BelfryStateWriter *writer);

/**
 * belfry_send_queue_restore:
 * @self: empty
 * @reader: untrusted; fails if it can be no queue's
 *
 * What it gets is neither dropped nor replaced for what comes later, for keys mean nothing any
 * more; and is not held against a bound that it has passed already.
 */
void belfry_send_queue_restore (BelfrySendQueue *self, BelfryStateReader *reader);

/* Returns: whether the next byte that is written is none that begins a frame */
static inline gboolean
belfry_send_queue_is_cut (const BelfrySendQueue *self)
{
  return self->offset > 0;
}

static inline gboolean
belfry_send_queue_is_empty (const BelfrySendQueue *self)
{
  return self->length == self->dropped;
}

/**
 * belfry_send_queue_get_frames:
 *
 * Returns: how many frames wait, one that is partly written included
 */
static inline guint
belfry_send_queue_get_frames (const BelfrySendQueue *self)
{
  return self->length - self->dropped;
}

/**
 * belfry_send_queue_get_bytes:
 *
 * Returns: how much counts against the bound: frames and their overhead, but no control frames
 */
static inline gsize
belfry_send_queue_get_bytes (const BelfrySendQueue *self)
{
  return self->bytes;
}

/**
 * belfry_send_queue_get_held:
 *
 * Returns: bytes of memory that the queue itself holds besides its struct, without the frames
 */
static inline gsize
belfry_send_queue_get_held (const BelfrySendQueue *self)
{
  return self->many != NULL ? self->capacity * sizeof (BelfrySendEntry) : 0;
}

G_END_DECLS
