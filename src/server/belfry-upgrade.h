/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <libsoup/soup.h>

#include "belfry-addresses.h"
#include "belfry-extensions.h"
#include "belfry-origin.h"

G_BEGIN_DECLS

/* A browser can send a token as a subprotocol with this before it. It must offer another one, too,
 * for us to accept: this one is never sent back. */
#define BELFRY_UPGRADE_BEARER "belfry.bearer."

/**
 * BelfryEndpoint:
 *
 * What is spoken on a path.
 */
typedef struct
{
  const char *path;             /* (unowned) */
  const char *const *protocols; /* (unowned): subprotocols that the endpoint knows */
  guint dialect;                /* the owner's */
  gboolean compression;
  gboolean is_stream; /* of Server-Sent Events, not of WebSockets */
} BelfryEndpoint;

/**
 * BelfryUpgrade:
 *
 * What a client said before it began to speak WebSocket.
 */
typedef struct
{
  const BelfryEndpoint *endpoint; /* (unowned) */
  const char *protocol;           /* (unowned) (nullable): of the endpoint's, which was chosen */
  char *peer;                     /* (owned): its address as far as we know it */
  char *origin;                   /* (owned) (nullable): the web page's, untrusted text */
  char *token;                    /* (owned) (nullable): a secret; wiped when it is freed */
  char **topics;                  /* (owned) (nullable): what a stream is of */
  char *last_event_id;            /* (owned) (nullable): untrusted: where it was */
  int fd;                         /* (owned): a second descriptor of the connection, -1 for none */
  gboolean deflate;
  BelfryDeflateTerms terms; /* if @deflate */
  BelfryAddressUnit unit;   /* to be released when the connection goes */
} BelfryUpgrade;

void belfry_upgrade_clear (BelfryUpgrade *self);

/**
 * belfry_upgrade_prepare:
 * @message: a request for the endpoint's path
 * @query: (nullable): the parameters of its URI
 * @origins: which web pages may connect
 * @fd: the connection's descriptor if another of it will be needed, or -1. It is made before the
 * client is told anything: who hears 101 is not dropped for want of one
 * @upgrade: (out): filled but for @peer and @unit; to be cleared in any case
 *
 * Checks the request and answers it: with 101, or with what is wrong.
 *
 * Returns: whether the connection is to be taken over once the answer is written
 */
gboolean belfry_upgrade_prepare (SoupServerMessage *message,
                                 GHashTable *query,
                                 const BelfryEndpoint *endpoint,
                                 const BelfryOrigins *origins,
                                 int fd,
                                 BelfryUpgrade *upgrade);

/**
 * belfry_upgrade_prepare_stream:
 * @message: a GET for the path of a stream; the method and the origin have been looked at
 *
 * The like for Server-Sent Events: begins the answer, of which the library writes the head, or says
 * what is wrong.
 *
 * Returns: whether the connection may be taken over once the head is written
 */
gboolean belfry_upgrade_prepare_stream (SoupServerMessage *message,
                                        GHashTable *query,
                                        const BelfryEndpoint *endpoint,
                                        int fd,
                                        BelfryUpgrade *upgrade);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BelfryUpgrade, belfry_upgrade_clear)

G_END_DECLS
