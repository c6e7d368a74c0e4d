/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <belfry/belfry.h>
#include <libsoup/soup.h>

#include "belfry-deadline-wheel.h"

G_BEGIN_DECLS

/**
 * BelfryExchange:
 *
 * A request that the main thread is to answer: goes there and comes back by mailbox, while the
 * client waits on its worker. Held twice: by the worker's list until it is answered, and by whoever
 * was asked.
 */
typedef struct _BelfryExchange BelfryExchange;

/**
 * belfry_exchange_new:
 * @pending: (transfer none): the list of those that wait, which it joins
 * @wheel: for @patience
 * @patience: microseconds after which the client is told that nobody answers
 * @message: paused by this
 * @request: (transfer none): what is asked
 *
 * Returns: (transfer full): to be given to belfry_exchange_answer() on this thread, or dropped on
 * any
 */
BelfryExchange *belfry_exchange_new (GQueue *pending,
                                     BelfryDeadlineWheel *wheel,
                                     gint64 patience,
                                     SoupServerMessage *message,
                                     BelfryHttpRequest *request);

/* Any thread. */
BelfryHttpRequest *belfry_exchange_get_request (const BelfryExchange *self);

/**
 * belfry_exchange_answer:
 * @self: (transfer full): the exchange
 * @response: (transfer none): the answer; does nothing if patience or the worker has ended
 */
void belfry_exchange_answer (BelfryExchange *self, BelfryHttpResponse *response);

/**
 * belfry_exchange_drop:
 * @self: (transfer full): the exchange
 *
 * Leaves it unanswered, from any thread: the worker answers it when its patience is over.
 */
void belfry_exchange_drop (BelfryExchange *self);

/* Answers all that wait with 503. */
void belfry_exchange_end_all (GQueue *pending);

/**
 * belfry_exchange_make_request:
 * @peer: (nullable): where the client comes from, as far as we know
 *
 * Returns: (transfer full): what @message asks, for the main thread
 */
BelfryHttpRequest *belfry_exchange_make_request (SoupServerMessage *message, const char *peer);

/* Puts @response into @message. */
void belfry_exchange_respond (SoupServerMessage *message, BelfryHttpResponse *response);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryExchange, belfry_exchange_drop)

G_END_DECLS
