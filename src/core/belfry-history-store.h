/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-clock.h"
#include "belfry-deadline-wheel.h"
#include "belfry-history.h"
#include "belfry-state.h"

G_BEGIN_DECLS

/**
 * BelfryHistoryStore:
 *
 * The histories of all topics of a process, within a budget of bytes. Beyond it, the topics that
 * were not used for the longest time lose their oldest messages first, and at last their epoch.
 * A topic that nobody is subscribed to, and that was not used for as long as its messages live, is
 * forgotten altogether. Belongs to one thread.
 */
typedef struct _BelfryHistoryStore BelfryHistoryStore;

/* Returns: whether somebody is subscribed to @topic, so that it must not be forgotten for its age
 */
typedef gboolean (*BelfryHistoryInUse) (const char *topic, gpointer user_data);

/**
 * belfry_history_store_new:
 * @wheel: (transfer none): must outlive the store
 * @budget: bytes
 */
BelfryHistoryStore *belfry_history_store_new (BelfryClock *clock,
                                              BelfryDeadlineWheel *wheel,
                                              gsize budget,
                                              BelfryHistoryInUse in_use,
                                              gpointer user_data);
void belfry_history_store_free (BelfryHistoryStore *self);
void belfry_history_store_set_budget (BelfryHistoryStore *self, gsize budget);

/**
 * belfry_history_store_keep:
 * @params: the message; its position is not looked at
 * @limits: of its topic; with no messages at all, the topic has no history and loses what it had
 *
 * Returns: (transfer full): the message, with its position if the topic has history
 */
BelfryMessage *belfry_history_store_keep (BelfryHistoryStore *self,
                                          const BelfryMessageParams *params,
                                          const BelfryHistoryLimits *limits);

/**
 * belfry_history_store_read:
 *
 * Returns: (transfer full): what belfry_broker_history_async() promises
 */
BelfryHistoryPage *belfry_history_store_read (BelfryHistoryStore *self,
                                              const char *topic,
                                              const BelfryPosition *since,
                                              guint limit);

/**
 * belfry_history_store_release:
 *
 * To be called when nobody is subscribed to @topic any more: from now on it ages.
 */
void belfry_history_store_release (BelfryHistoryStore *self, const char *topic);

/**
 * belfry_history_store_save:
 *
 * Writes all histories down, for a store whose clock goes on where this one's is.
 */
void belfry_history_store_save (const BelfryHistoryStore *self, BelfryStateWriter *writer);

/**
 * belfry_history_store_restore:
 * @reader: untrusted
 *
 * Returns: whether that was good; if not, the store is empty
 */
gboolean belfry_history_store_restore (BelfryHistoryStore *self, BelfryStateReader *reader);

guint belfry_history_store_get_n_topics (const BelfryHistoryStore *self);

/* What all counts for: not more than the budget, unless a single empty topic does. */
gsize belfry_history_store_get_bytes (const BelfryHistoryStore *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryHistoryStore, belfry_history_store_free)

G_END_DECLS
