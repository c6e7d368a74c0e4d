/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

#include "belfry-deflate.h"
#include "belfry-frame.h"
#include "belfry-state.h"
#include "belfry-utf8.h"

G_BEGIN_DECLS

/* How many fragments a message may have for free, and how many bytes buy one more: a message of
 * many fragments is fine, one that is mostly headers is an attack. */
#define BELFRY_FRAGMENTS_MAX 1024
#define BELFRY_FRAGMENT_BYTES 16

/**
 * BelfryFrameMessage:
 *
 * A text or binary message, whole, unmasked, inflated and, if it is text, known to be UTF-8.
 */
typedef struct
{
  BelfryOpcode opcode; /* %BELFRY_OPCODE_TEXT or %BELFRY_OPCODE_BINARY */
  gboolean compressed; /* as it came; @bytes are not */
  const guint8 *bytes; /* (unowned): valid until the handler returns; not terminated */
  gsize length;
} BelfryFrameMessage;

/**
 * BelfryFrameHandler:
 * @message: a message came
 * @ping: a ping came, to be answered by a pong with the same payload
 * @pong: a pong came
 * @close: a valid close frame came, with %BELFRY_CLOSE_NO_STATUS if it gave no code. Nothing that
 * comes behind it is looked at.
 * @error: the peer broke the protocol or a limit: the code to close with, and a text for the
 * reason. Nothing further is looked at.
 *
 * What becomes of what a reader finds. @message, @ping and @pong return whether to go on: one that
 * returns %FALSE may have freed the reader, which is not touched after that. None may feed the
 * reader that called it.
 */
typedef struct
{
  gboolean (*message) (const BelfryFrameMessage *message, gpointer user_data);
  gboolean (*ping) (const guint8 *payload, gsize length, gpointer user_data);
  gboolean (*pong) (const guint8 *payload, gsize length, gpointer user_data);
  void (*close) (guint code, const guint8 *reason, gsize length, gpointer user_data);
  void (*error) (guint code, const char *reason, gpointer user_data);
} BelfryFrameHandler;

/**
 * BelfryFrameContext:
 *
 * What all readers of one thread have in common.
 */
typedef struct
{
  const BelfryFrameHandler *handler; /* (unowned) */
  BelfryInflater *inflater;          /* (unowned) (nullable): needed by readers that deflate */
  gsize max_frame;                   /* bytes of payload */
  gsize max_message;                 /* bytes, as they came and inflated */
  guint max_fragments;               /* usually %BELFRY_FRAGMENTS_MAX */
} BelfryFrameContext;

/**
 * BelfryFrameReader:
 *
 * The receiving side of one connection, meant to be a field of it: some sixty bytes, and a buffer
 * only while a message is half received. Set up with belfry_frame_reader_init(); the fields are the
 * module's own.
 */
typedef struct
{
  guint8
      *buffer; /* (owned) (nullable): the message so far, and behind it the control frame so far */
  gsize capacity;
  gsize message_length; /* bytes of the message in the buffer */
  union
  {
    BelfryFrameHeader frame;                 /* in a frame: its length is what is still to come */
    guint8 partial[BELFRY_FRAME_HEADER_MAX]; /* between frames: the start of a header */
  };
  guint fragments; /* of the message, so far */
  BelfryUtf8 utf8;
  guint8 partial_length;
  guint8 control_length; /* bytes of the control frame in the buffer */
  guint8 message_opcode : 4;
  guint8 message_compressed : 1;
  guint8 in_message : 1;
  guint8 in_frame : 1;
  guint8 ended : 1; /* after a close or an error */
  guint8 client : 1;
  guint8 deflate : 1;
  guint8 mask_offset : 2;
} BelfryFrameReader;

typedef enum
{
  BELFRY_FRAME_FROM_CLIENT, /* frames must be masked */
  BELFRY_FRAME_FROM_SERVER, /* frames must not be masked */
} BelfryFrameSource;

/**
 * belfry_frame_reader_init:
 * @source: who sends what will be read
 * @deflate: whether permessage-deflate was agreed on
 */
void belfry_frame_reader_init (BelfryFrameReader *self, BelfryFrameSource source, gboolean deflate);

/**
 * belfry_frame_reader_clear:
 *
 * Frees what the reader holds, not the reader.
 */
void belfry_frame_reader_clear (BelfryFrameReader *self);

/**
 * belfry_frame_reader_feed:
 * @context: limits and handlers
 * @bytes: (array length=length): what arrived, cut anywhere; unmasked in place
 * @length: how much that is
 * @user_data: passed to the handlers
 *
 * Calls a handler for all that is complete. A message that lies within @bytes in one frame is
 * handed on from there, without a copy; what is incomplete is kept, and no more memory is taken for
 * it than twice what has arrived.
 *
 * Returns: how many bytes were consumed: less than @length only if a handler asked to stop, and the
 * rest may then be fed later
 */
gsize belfry_frame_reader_feed (BelfryFrameReader *self,
                                const BelfryFrameContext *context,
                                guint8 *bytes,
                                gsize length,
                                gpointer user_data);

/* Writes down what is half received, for the reader of another image. */
void belfry_frame_reader_save (const BelfryFrameReader *self, BelfryStateWriter *writer);

/**
 * belfry_frame_reader_restore:
 * @self: set up with belfry_frame_reader_init(), for what comes from a client
 * @state: untrusted; fails if it can be no reader's. @self holds nothing then
 */
void belfry_frame_reader_restore (BelfryFrameReader *self, BelfryStateReader *state);

/**
 * belfry_frame_reader_is_idle:
 *
 * Returns: whether nothing is half received
 */
gboolean belfry_frame_reader_is_idle (const BelfryFrameReader *self);

/**
 * belfry_frame_reader_get_held:
 *
 * Returns: how many bytes of memory the reader holds besides itself
 */
gsize belfry_frame_reader_get_held (const BelfryFrameReader *self);

G_END_DECLS
