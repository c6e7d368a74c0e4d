/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

#include "belfry-position.h"

G_BEGIN_DECLS

/**
 * BelfryMessageKind:
 *
 * What a message tells.
 */
typedef enum
{
  BELFRY_MESSAGE_DATA,  /* what somebody published */
  BELFRY_MESSAGE_JOIN,  /* a user's first subscription to the topic; the payload is the presence
                           entry */
  BELFRY_MESSAGE_LEAVE, /* and the end of the last one */
} BelfryMessageKind;

/**
 * BelfryPayloadKind:
 *
 * What a payload can stand as in JSON.
 */
typedef enum
{
  BELFRY_PAYLOAD_OBJECT, /* a JSON object, embedded as it is */
  BELFRY_PAYLOAD_JSON,   /* any other JSON value, likewise */
  BELFRY_PAYLOAD_TEXT,   /* UTF-8 that is not JSON */
  BELFRY_PAYLOAD_BYTES,  /* anything else */
} BelfryPayloadKind;

/* JSON that nests deeper is treated as text: clients' parsers have limits of their own, some of
 * about a thousand levels. */
#define BELFRY_PAYLOAD_MAX_DEPTH 512

/* How many ways of writing a message there may be; each form has a number of its own. */
#define BELFRY_MESSAGE_N_FORMS 8

/**
 * BelfryMessage:
 *
 * Something published, on its way to everybody subscribed. Immutable but for the cache of its
 * frames, which is filled on demand; atomically reference-counted; any thread. The fields may be
 * read.
 */
typedef struct
{
  gatomicrefcount refs;
  guint8 kind;         /* a #BelfryMessageKind */
  guint8 payload_kind; /* a #BelfryPayloadKind */
  guint16 topic_length;
  guint32 topic_hash;      /* belfry_hash_text() */
  BelfryPosition position; /* unset if it is not kept */
  gint64 arrived;          /* the clock's microseconds, for latencies */
  gint64 published;        /* microseconds since 1970 */
  GBytes *payload;         /* (owned) */
  /*< private >*/
  _Atomic (GBytes *) frames[BELFRY_MESSAGE_N_FORMS][2]; /* (owned) (nullable): until asked for */
  /*< public >*/
  char topic[];
} BelfryMessage;

typedef struct
{
  const char *topic; /* (unowned): a valid name */
  GBytes *payload;   /* (unowned) */
  BelfryMessageKind kind;
  BelfryPosition position;
  gint64 arrived;
  gint64 published;
} BelfryMessageParams;

/* Scans the payload once. */
BelfryMessage *belfry_message_new (const BelfryMessageParams *params);
BelfryMessage *belfry_message_ref (BelfryMessage *self);
void belfry_message_unref (BelfryMessage *self);

/* What a message counts for where memory is bounded: payload, topic, and the struct itself. */
gsize belfry_message_get_cost (const BelfryMessage *self);

/**
 * BelfryMessageEncode:
 *
 * Returns: (transfer full) (nullable): the frame; %NULL if there is none for this message, as when
 * it is not worth compressing
 */
typedef GBytes *(*BelfryMessageEncode) (const BelfryMessage *message,
                                        gboolean compressed,
                                        gpointer user_data);

/**
 * belfry_message_get_frame:
 * @form: which way of writing it, below %BELFRY_MESSAGE_N_FORMS
 * @encode: called if nobody has asked for this frame before
 *
 * Of two threads that are the first at the same time both may encode, and one result is kept: also
 * that there is none, so that a message which does not shrink is not compressed for each client.
 *
 * Returns: (transfer none) (nullable): the frame, which lives as long as the message
 */
GBytes *belfry_message_get_frame (BelfryMessage *self,
                                  guint form,
                                  gboolean compressed,
                                  BelfryMessageEncode encode,
                                  gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryMessage, belfry_message_unref)

G_END_DECLS
