/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

#include "belfry-position.h"

G_BEGIN_DECLS

/**
 * BelfryRequestKind:
 *
 * What a client can ask for, in whatever dialect.
 */
typedef enum
{
  BELFRY_REQUEST_AUTHENTICATE, /* @token */
  BELFRY_REQUEST_REFRESH,      /* @token: of the same subject */
  BELFRY_REQUEST_SUBSCRIBE,    /* @topics */
  BELFRY_REQUEST_UNSUBSCRIBE,  /* @topics */
  BELFRY_REQUEST_PUBLISH,      /* @topics: one; @payload */
  BELFRY_REQUEST_PRESENCE,     /* @topics: one */
  BELFRY_REQUEST_HISTORY,      /* @topics: one, with since or without; @limit */
  BELFRY_REQUEST_PING,
  BELFRY_REQUEST_N_KINDS,
} BelfryRequestKind;

/* A topic of a request. It need not be valid: that is the core's to judge. */
typedef struct
{
  char *topic; /* (owned) */
  BelfryPosition since;
  gboolean has_since;
} BelfryRequestTopic;

/**
 * BelfryRequest:
 *
 * What a client asks for. Made by a dialect on a worker's thread, handed on to the main thread,
 * and given back with the answer, so that the dialect finds in it what it put there.
 */
typedef struct
{
  BelfryRequestKind kind;
  guint32 dialect_tag; /* the dialect's own: a variant of the answer */
  char *id;            /* (owned) (nullable): to be echoed: JSON text as the client wrote it */
  char *token;         /* (owned) (nullable): a secret; wiped when freed */
  GBytes *payload;     /* (owned) (nullable) */
  guint limit;         /* of history: how many at most; 0 is what the topic has */
  guint n_topics;
  BelfryRequestTopic *topics; /* (owned) (nullable) (array length=n_topics) */
} BelfryRequest;

/* @n_topics: how many there is room for */
BelfryRequest *belfry_request_new (BelfryRequestKind kind, guint n_topics);
void belfry_request_free (BelfryRequest *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryRequest, belfry_request_free)

G_END_DECLS
