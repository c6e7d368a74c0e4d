/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-client.h"
#include "belfry-upgrade.h"

G_BEGIN_DECLS

/**
 * BelfryEventClient:
 *
 * A client of Server-Sent Events: a session whose subscriptions were said in the request, and whose
 * connection goes one way. Belongs to the client, and to its worker's thread.
 */

/* Where the streams are. */
#define BELFRY_EVENT_CLIENT_PATH "/events"

extern const BelfryEndpointHandler belfry_event_client_handler;
extern const BelfryOneWay belfry_event_client_one_way;

/**
 * belfry_event_client_parse_topics:
 * @query: (nullable): the parameters of the request, still encoded
 *
 * Returns: (transfer full) (nullable) (array zero-terminated=1): the topics that are asked for,
 * each once; %NULL if there are none or too many, or if the query cannot be read
 */
char **belfry_event_client_parse_topics (const char *query);

/**
 * belfry_event_client_attach:
 * @client: made with %belfry_event_client_handler
 * @params: all but the sink and the client
 *
 * Gives the client a session, and asks it to subscribe.
 */
gboolean belfry_event_client_attach (BelfryClient *client,
                                     BelfryShard *shard,
                                     const BelfrySessionParams *params,
                                     const BelfryUpgrade *upgrade,
                                     GError **error);

G_END_DECLS
