/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-broker.h"

G_BEGIN_DECLS

/**
 * BelfryCatchUp:
 *
 * What comes in for a topic while somebody asks for its history, so that nothing falls between the
 * history and the live messages. Bounded. Belongs to one thread.
 */
typedef struct _BelfryCatchUp BelfryCatchUp;

typedef struct _BelfryAsk BelfryAsk;

/**
 * BelfryAsk:
 *
 * Embedded in whoever asks, from before the question until the answer is on its way. Zero is one
 * that does not ask.
 */
struct _BelfryAsk
{
  /*< private >*/
  BelfryAsk *next;         /* (unowned) (nullable) */
  BelfryAsk *prev;         /* (unowned) (nullable) */
  BelfryCatchUp *catch_up; /* (unowned) (nullable): while it asks */
  guint64 from;            /* the first message that came after it began */
  guint64 seen;            /* the first that did not come to who asks in another way, too */
  gboolean has_gap;        /* the broker lost something after it began */
};

/**
 * BelfryCaughtUp:
 *
 * How a subscription begins.
 */
typedef struct
{
  BelfryPosition position; /* what the client has before @missed */
  gboolean recovered;      /* nothing is missing since the position that it named */
  GPtrArray *missed;       /* (owned) (nullable) (element-type BelfryMessage) */
} BelfryCaughtUp;

/**
 * belfry_catch_up_new:
 * @max_messages: how many may be kept
 * @max_bytes: and what they may cost
 *
 * Beyond either, all are given up, and those who ask begin after them.
 */
BelfryCatchUp *belfry_catch_up_new (guint max_messages, gsize max_bytes);

/* Nobody may ask any more. */
void belfry_catch_up_free (BelfryCatchUp *self);

void belfry_catch_up_begin (BelfryCatchUp *self, BelfryAsk *ask);

/* Does nothing if it does not ask. */
void belfry_catch_up_end (BelfryAsk *ask);
gboolean belfry_catch_up_is_asked (const BelfryCatchUp *self);
gboolean belfry_ask_is_open (const BelfryAsk *ask);

/* Keeps a message for those who ask now. */
void belfry_catch_up_add (BelfryCatchUp *self, BelfryMessage *message);

/* The broker lost messages: those who ask now may have missed them. */
void belfry_catch_up_add_gap (BelfryCatchUp *self, const char *reason);

/* What was kept until now has come to who asks in another way: by a pattern. */
void belfry_catch_up_note_seen (BelfryAsk *ask);

/* The history answered now; one that answered before is not right any more if the epochs differ. */
void belfry_catch_up_note_history (BelfryAsk *ask, const BelfryHistoryPage *page);

/* Returns: (transfer none) (nullable): the reason for which @ask has a gap, if it has one */
const char *belfry_catch_up_get_gap (const BelfryAsk *ask);

/**
 * belfry_catch_up_collect:
 * @page: what the history said
 * @since: (nullable): the position that the client named
 * @caught_up: (out caller-allocates): how its subscription begins
 *
 * Puts what came in meanwhile behind the history, without what is in both and without what came to
 * who asks in another way. If what came says that the topic counts anew, the history is worth
 * nothing.
 */
void belfry_catch_up_collect (const BelfryAsk *ask,
                              const BelfryHistoryPage *page,
                              const BelfryPosition *since,
                              BelfryCaughtUp *caught_up);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryCatchUp, belfry_catch_up_free)

G_END_DECLS
