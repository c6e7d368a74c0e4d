/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-config-keys.h"
#include "belfry-event.h"
#include "belfry-message.h"
#include "belfry-request.h"

G_BEGIN_DECLS

/**
 * BelfryDialectForm:
 *
 * Each way of writing a message, as belfry_message_get_frame() counts them.
 */
typedef enum
{
  BELFRY_FORM_ACTION,
  BELFRY_FORM_TYPED,
  BELFRY_FORM_TYPED_ENVELOPE,
  BELFRY_FORM_EVENT_STREAM,
  BELFRY_N_FORMS,
} BelfryDialectForm;

/**
 * BelfryDialectPeer:
 *
 * What of a client a dialect has to know to understand it.
 */
typedef struct
{
  const char *session; /* (unowned): the session's id */
  gsize max_message;   /* bytes of a payload */
  guint max_topics;    /* that one request may name */
} BelfryDialectPeer;

/**
 * BelfryDialect:
 * @name: one word
 * @subprotocol: (nullable): the WebSocket subprotocol that chooses it
 * @form: how messages are written
 * @takes_text: whether clients may send text; if not, a text message closes the connection (1003)
 * @takes_binary: likewise of binary messages
 * @parse: (nullable): one message of a client, of any bytes and any length; %NULL if clients of the
 * dialect say nothing. Returns (transfer full) a request, which has the id, or %NULL with an error
 * of the closed list and, in @id, (transfer full) (nullable) the request's id if it could be read
 * @event: appends the texts, each of which becomes a frame of its own, to @texts (see
 * belfry_dialect_texts_new()); none, if the dialect has no word for it
 * @message: appends the text of a message
 *
 * What clients of an endpoint speak: a constant table of pure functions between bytes and the
 * core's requests and events. Any thread.
 */
typedef struct
{
  const char *name;        /* (unowned) */
  const char *subprotocol; /* (unowned) (nullable) */
  BelfryDialectForm form;
  gboolean takes_text;
  gboolean takes_binary;
  BelfryRequest *(*parse) (const BelfryDialectPeer *peer,
                           gboolean text,
                           const guint8 *bytes,
                           gsize length,
                           char **id,
                           GError **error);
  void (*event) (const BelfryEvent *event, GPtrArray *texts);
  void (*message) (const BelfryMessage *message, GString *text);
} BelfryDialect;

extern const BelfryDialect belfry_dialect_action;
extern const BelfryDialect belfry_dialect_typed;
extern const BelfryDialect belfry_dialect_typed_envelope;

/* What a client of Server-Sent Events is told; see belfry-event-stream.h. */
extern const BelfryDialect belfry_dialect_event_stream;

/**
 * belfry_dialect_for_endpoint:
 *
 * Returns: (transfer none) (nullable): the dialect of an endpoint that is configured so; %NULL if
 * it is none of these
 */
const BelfryDialect *belfry_dialect_for_endpoint (BelfryConfigDialect dialect,
                                                  BelfryConfigDelivery delivery);

/**
 * belfry_dialect_from_subprotocol:
 * @subprotocol: (nullable): what a client offers
 *
 * Returns: (transfer none) (nullable): the dialect it chooses
 */
const BelfryDialect *belfry_dialect_from_subprotocol (const char *subprotocol);

/* Returns: (transfer none) (nullable): the one of a WebSocket that writes so */
const BelfryDialect *belfry_dialect_from_form (guint form);

/**
 * belfry_dialect_texts_new:
 *
 * Returns: (transfer full) (element-type GString): what the texts of events go into
 */
GPtrArray *belfry_dialect_texts_new (void);

G_END_DECLS
