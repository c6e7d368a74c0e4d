/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-client.h"
#include "belfry-dialect.h"
#include "belfry-session.h"

G_BEGIN_DECLS

/**
 * BelfrySpeaker:
 *
 * What stands between a client's connection and its session: the dialect. Belongs to the client,
 * and to its worker's thread.
 */

/* Topics that one request may name, whatever the limit of subscriptions is. */
#define BELFRY_SPEAKER_MAX_TOPICS 1024

/* For every endpoint and every stream whose clients have sessions. */
extern const BelfryEndpointHandler belfry_speaker_handler;

/**
 * belfry_speaker_attach:
 * @client: made with %belfry_speaker_handler
 * @dialect: what it speaks
 * @shard: the worker's
 * @params: all but the sink and the client
 *
 * Gives the client a session, which goes with it.
 */
gboolean belfry_speaker_attach (BelfryClient *client,
                                const BelfryDialect *dialect,
                                BelfryShard *shard,
                                const BelfrySessionParams *params,
                                GError **error);

/* The like for a client whose session goes on. */
gboolean belfry_speaker_resume (BelfryClient *client,
                                const BelfryDialect *dialect,
                                BelfryShard *shard,
                                const BelfrySessionParams *params,
                                BelfryStateReader *reader,
                                GError **error);

G_END_DECLS
