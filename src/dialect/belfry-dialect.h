/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

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
 * @name: one word, as in the configuration
 * @subprotocol: (nullable): the WebSocket subprotocol that chooses it
 * @form: how messages are written
 * @parse: one message of a client; returns (transfer full) a request, or %NULL with an error of the
 * closed list and, in @id, (transfer full) (nullable) the request's id if it could be read
 * @event: appends the texts, each of which becomes a frame of its own, to @texts (of GString,
 * owned); none, if the dialect has no word for it
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

G_END_DECLS
