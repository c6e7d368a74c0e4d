/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-certificate.h"
#include "belfry-exchange.h"
#include "belfry-upgrade.h"
#include "belfry-vestibule.h"

G_BEGIN_DECLS

/**
 * BelfryHttpFront:
 *
 * HTTP on one worker: what is answered to plain requests, and who is let through to WebSocket. Has
 * the vestibule of its connections. One thread, whose default GMainContext must be the worker's
 * whenever the front is called.
 */
typedef struct _BelfryHttpFront BelfryHttpFront;

/* How long the main thread may take to answer: less than the time in which a request must be over.
 */
#define BELFRY_HTTP_FRONT_PATIENCE (5 * G_TIME_SPAN_SECOND)

/**
 * BelfryHttpResource:
 *
 * A path that somebody else answers.
 */
typedef struct
{
  const char *path;    /* (unowned): if it ends with a slash, all below it */
  const char *methods; /* (unowned): as in `Allow`, with `OPTIONS`, which is answered here */
  guint64 max_body;    /* bytes; 0 if a request for it has no body */
  /* Called with the whole request. Sets an answer, or pauses the message and does so later. */
  void (*handle) (BelfryHttpFront *front,
                  SoupServerMessage *message,
                  GHashTable *query,
                  gpointer user_data);
  gpointer user_data; /* (unowned) (nullable) */
} BelfryHttpResource;

/**
 * BelfryHttpFrontSettings:
 *
 * What may change while the service runs. What it points to is copied or referenced.
 */
typedef struct
{
  BelfryVestibuleSettings vestibule; /* the rule on bodies is the front's */
  const BelfryEndpoint *endpoints;   /* (unowned) (nullable): as long as the front has them */
  gsize n_endpoints;
  const BelfryHttpResource *resources; /* (unowned) (nullable): likewise */
  gsize n_resources;
  BelfryOrigins *origins;  /* (owned) */
  BelfryProxies *proxies;  /* (owned) */
  GTlsDatabase *client_ca; /* (owned) (nullable): who may vouch for clients' certificates, which
                              are asked for if this is set, and refused if they are not good */
} BelfryHttpFrontSettings;

/**
 * BelfryHttpFrontOwner:
 *
 * What the front needs of the worker.
 */
typedef struct
{
  /* @stream: (transfer full): the connection, with what came after the request still to be read
   * @upgrade: belongs to the caller; what is wanted of it is copied or stolen */
  void (*upgraded) (GIOStream *stream, BelfryUpgrade *upgrade, gpointer user_data);

  /* @exchange: (transfer full): a question for the main thread */
  void (*asked) (BelfryExchange *exchange, gpointer user_data);
} BelfryHttpFrontOwner;

/**
 * belfry_http_front_new:
 * @reactor: outlives the front, as do @wheel and @owner
 * @certificate: what tls: listeners show; connections to them are closed while it holds none
 */
BelfryHttpFront *belfry_http_front_new (BelfryReactor *reactor,
                                        BelfryDeadlineWheel *wheel,
                                        BelfryAddresses *addresses,
                                        BelfryCertificate *certificate,
                                        const BelfryHttpFrontSettings *settings,
                                        const BelfryHttpFrontOwner *owner,
                                        gpointer user_data);

/**
 * belfry_http_front_free:
 *
 * belfry_http_front_end(), if that was not called yet. TLS handshakes that are still under way end
 * later, on the GMainContext, and touch nothing of the front; without a loop there they are leaked.
 */
void belfry_http_front_free (BelfryHttpFront *self);

/**
 * belfry_http_front_end:
 *
 * Closes all connections that are not upgraded, and lets none in any more. Handshakes are
 * cancelled, but it takes some turns of the loop until their threads have noticed.
 */
void belfry_http_front_end (BelfryHttpFront *self);

/**
 * belfry_http_front_is_ended:
 *
 * Returns: whether no connection is left, after belfry_http_front_end()
 */
gboolean belfry_http_front_is_ended (const BelfryHttpFront *self);

/* What is accepted comes in here. */
BelfryVestibule *belfry_http_front_get_vestibule (BelfryHttpFront *self);

/**
 * belfry_http_front_drain:
 *
 * Closes what is idle, answers what is under way and closes it, and refuses upgrades with 503.
 */
void belfry_http_front_drain (BelfryHttpFront *self);

/**
 * belfry_http_front_rest:
 *
 * Closes what is idle, and what is under way once it was answered; upgrades are still taken.
 */
void belfry_http_front_rest (BelfryHttpFront *self);

/* Ends that, and a drain. */
void belfry_http_front_rouse (BelfryHttpFront *self);
void belfry_http_front_set_settings (BelfryHttpFront *self,
                                     const BelfryHttpFrontSettings *settings);

/**
 * belfry_http_front_ask:
 * @message: a request that a resource was given
 *
 * Leaves it to the main thread to answer.
 */
void belfry_http_front_ask (BelfryHttpFront *self, SoupServerMessage *message);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryHttpFront, belfry_http_front_free)

G_END_DECLS
