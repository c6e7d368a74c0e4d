/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-blocks.h"
#include "belfry-core-metrics.h"
#include "belfry-directory.h"
#include "belfry-hub-journal.h"
#include "belfry-hub-control.h"
#include "belfry-hub.h"
#include "belfry-mailbox.h"
#include "belfry-notice.h"
#include "belfry-record.h"
#include "belfry-shard-private.h"
#include "belfry-topic.h"

G_BEGIN_DECLS

/* What the hub tells clients that it closes. */
#define BELFRY_CLOSE_TRY_LATER 1013
#define BELFRY_CLOSE_AUTHENTICATION_FAILED 4401
#define BELFRY_CLOSE_BLOCKED 4403
#define BELFRY_CLOSE_TOKEN_EXPIRED 4502

/**
 * BelfryHubLimits:
 *
 * How much of everything there may be. The first block comes from the configuration, the second are
 * constants, but for tests.
 */
typedef struct
{
  guint max_subscriptions; /* of one session */
  guint max_per_user;      /* sessions; 0 is no limit */
  gsize max_payload;

  gsize max_backlog;   /* what messages on their way to one shard may cost */
  guint max_lost;      /* topics for each shard of which it is known that messages were lost */
  guint kept_count;    /* messages of a topic that are kept while its history is asked for */
  gsize kept_bytes;    /* and what they may cost */
  guint max_lingering; /* topics that stay subscribed though nobody wants them */
  gint64 linger;       /* how long a topic stays subscribed that nobody wants */
  gint64 room_pause;   /* between two looks whether a shard has room for what it must be told */
  gint64 expiry_lead;  /* how long before its token ends a client is told, at the most */
  gint64 patience;     /* how long the broker may take for an answer */
} BelfryHubLimits;

struct _BelfryHub
{
  GObject parent_instance;

  BelfryClock *clock;          /* (owned) */
  BelfryBroker *broker;        /* (owned) */
  char *broker_text;           /* (owned) (nullable): how it is, as it was logged last */
  BelfryGate *gate;            /* (owned) */
  BelfryMetricsSlot *metrics;  /* (owned) */
  BelfryDeadlineWheel *wheel;  /* (owned) */
  BelfryMailbox *orders;       /* (owned) */
  BelfryTopicRules *rules;     /* (owned) (nullable) */
  BelfryDirectory *directory;  /* (owned) */
  BelfryBlocks *blocked;       /* (owned): users */
  BelfryBlocks *revoked;       /* (owned): token ids */
  GPtrArray *shards;           /* (element-type BelfryShard) (owned): also those removed */
  GHashTable *by_id;           /* (element-type utf8) (owned): the ids in the records */
  GHashTable *by_user;         /* (element-type utf8 BelfryRecord) (owned): the first of each */
  BelfryRecord *records;       /* (owned) (nullable): in the order of serials */
  BelfryRecord *last_record;   /* (unowned) (nullable) */
  GTree *blocks;               /* (element-type guint64 BelfryRecord) (owned): the first of each */
  BelfryOperation *operations; /* (owned) (nullable) */
  GHashTable *left;            /* (element-type utf8 BelfryLeft) (owned) (nullable): what sessions
                                  of the image before had, until they are resumed */
  BelfryRecord *next_review;   /* (unowned) (nullable): whose subscriptions are judged again next */
  BelfryDeadline review;       /* when to go on with that */
  BelfryDeadline clock_check;  /* while there are tokens that end */
  gint64 clock_offset;         /* from the clock that never jumps to the wall's */
  gboolean unsure;             /* of some it could not be said */
  GPtrArray *watches;          /* (element-type BelfryHubWatch) (owned) (nullable) */
  const BelfryHubObserver *observer; /* (unowned) (nullable) */
  gpointer observer_data;            /* (unowned) (nullable) */
  guint64 last_serial;
  guint64 last_cookie;
  guint n_sessions;
  guint n_shards; /* that were not removed */
  guint n_lingering;
  gboolean resting;   /* orders are refused */
  gboolean continues; /* the broker goes on where that of the image before stood */
  BelfryCoreSlot slot;
  BelfryHubLimits limits;
  BelfryHubJournal journal;
};

/**
 * BelfryWish:
 *
 * One topic of an operation that subscribes.
 */
typedef struct
{
  BelfryEntry *entry;      /* (unowned) (nullable): wanted, while this is not NULL */
  BelfryAsk ask;           /* while the history is asked for */
  BelfryHistoryPage *page; /* (owned) (nullable): what it said */
} BelfryWish;

typedef struct _BelfryOperationClass BelfryOperationClass;

/**
 * BelfryOperation:
 *
 * Something that takes the hub more than one turn, for a session or for a caller.
 * Reference-counted, not atomically: each callback under way holds one. Who is not needed any more
 * is abandoned: it has no hub then, and callbacks do nothing.
 */
struct _BelfryOperation
{
  guint refs;
  const BelfryOperationClass *operation_class; /* (unowned) */
  BelfryHub *hub;            /* (unowned) (nullable): %NULL once it is over or abandoned */
  BelfryOperation *next;     /* (unowned) (nullable) */
  BelfryOperation *prev;     /* (unowned) (nullable) */
  BelfryRecord *record;      /* (unowned) (nullable): for whom it is */
  GTask *task;               /* (owned) (nullable): for whom it is */
  GCancellable *cancellable; /* (owned) (nullable) */
  BelfryDeadline deadline;   /* set while the broker is to answer */
  BelfryNotice *notice;      /* (owned) (nullable): what the session will be told */
  BelfryIdentity *identity;  /* (owned) (nullable): who wants it */
  guint8 trusted : 1;        /* nobody is asked whether it is allowed */
  guint8 resumes : 1;        /* the session had in the image before what it is about */
  guint8 quiet : 1;          /* a failure is not told */
  guint8 can_cancel : 1;     /* the cancellable is ours */
  guint8 asked : 1;          /* of a subscription: the broker has not answered yet */
  guint8 has_since : 1;
  guint64 cookie;

  /* Of one topic */
  char *topic;             /* (owned) (nullable) */
  GBytes *payload;         /* (owned) (nullable) */
  char *idempotency_key;   /* (owned) (nullable) */
  BelfryEntry *entry;      /* (unowned) (nullable): stays until the broker has answered */
  BelfrySessionInfo *info; /* (owned) (nullable) */
  BelfryPosition since;
  guint limit;

  /* Of several */
  BelfryWish *wishes; /* (owned) (nullable) (array length=n_wishes) */
  guint n_wishes;
  guint n_pending;
};

/**
 * BelfryOperationClass:
 * @action: of one topic: what must be allowed
 * @perform: (nullable): of one topic: does it, now that it is allowed
 * @finish: (nullable): tells the task how it ended
 * @give_up: (nullable): ends it as far as it waits for the broker; @error: (transfer full): why
 * @survives: goes on when its session is gone
 */
struct _BelfryOperationClass
{
  BelfryTopicAction action;
  void (*perform) (BelfryOperation *self);
  void (*finish) (BelfryOperation *self);
  void (*give_up) (BelfryOperation *self, GError *error);
  gboolean survives;
};

/* belfry-hub-operations.c */

BelfryOperation *belfry_operation_new (BelfryHub *hub,
                                       const BelfryOperationClass *operation_class,
                                       BelfryRecord *record);
BelfryOperation *belfry_operation_ref (BelfryOperation *self);
void belfry_operation_unref (BelfryOperation *self);
GCancellable *belfry_operation_get_cancellable (BelfryOperation *self);

/* Ends it. @error: (transfer full) (nullable): why it was not done */
void belfry_operation_end (BelfryOperation *operation, GError *error);
void belfry_operation_abandon (BelfryOperation *operation);

/* The broker is to answer from now on, until the operation ends or its time is over. */
void belfry_operation_await_broker (BelfryOperation *self);

/* Waits for the broker no longer, and lets it know if it can. @error: (transfer full): why */
void belfry_operation_give_up (BelfryOperation *operation, GError *error);

/* Judges the topic and asks whether it is allowed; then it is performed. */
void belfry_operation_begin (BelfryOperation *self);

/* Makes of any error one that clients may be told. @error: (transfer full).
 * Returns: (transfer full) */
GError *belfry_hub_error_for_clients (GError *error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryOperation, belfry_operation_unref)

/* belfry-hub-orders.c */

void belfry_hub_take_order (BelfryHub *self, BelfryOrder *order);

/* Works off what waits in a record, as far as possible now. May free the record. */
void belfry_hub_advance (BelfryHub *self, BelfryRecord *record);

/* Posts an answer. @notice: (transfer full) */
void belfry_hub_tell (BelfryHub *self, BelfryRecord *record, BelfryNotice *notice);

/* Tells the session to go, and lets go of all that it has. */
void belfry_hub_close (BelfryHub *self, BelfryRecord *record, guint code, const char *reason);

/* Of a session that is gone: what it published is not done any more. May free the record. */
void belfry_hub_drop (BelfryHub *self, BelfryRecord *record);

/* belfry-hub-authenticate.c */

/* @request: (transfer full) (nullable): none for what the handshake brought */
void belfry_hub_sign_in (BelfryHub *self,
                         BelfryRecord *record,
                         BelfryRequest *request,
                         const char *token);

/* For a session that goes on, without anybody being asked; closes it if it may not.
 * Returns: whether it may */
gboolean belfry_hub_let_in_again (BelfryHub *self, BelfryRecord *record, BelfryIdentity *identity);
void belfry_hub_on_clock_check (BelfryDeadline *deadline, gpointer user_data);
void belfry_hub_forget_user (BelfryHub *self, BelfryRecord *record);

/* belfry-hub-review.c */

/* Judges again what a session has: becomes its operation, or is done. */
void belfry_hub_review_record (BelfryHub *self, BelfryRecord *record);
void belfry_hub_on_review (BelfryDeadline *deadline, gpointer user_data);

/* belfry-hub-subscribe.c */

/* Takes the request and the task of @order. */
void belfry_hub_subscribe (BelfryHub *self, BelfryRecord *record, BelfryOrder *order);
void belfry_hub_unsubscribe (BelfryHub *self, BelfryRecord *record, BelfryRequest *request);

/* Gives a session what it had. Takes the request of @order. */
void belfry_hub_subscribe_again (BelfryHub *self, BelfryRecord *record, BelfryOrder *order);

/* Takes back what an operation wants but has not got. */
void belfry_hub_release_wishes (BelfryOperation *operation);

/* Takes one subscription away from a session, as far as the hub is concerned. */
void belfry_hub_leave (BelfryHub *self, BelfryRecord *record, BelfryHolding *holding);

/* The same, and takes it away from the client, which is told. */
void belfry_hub_take_away (BelfryHub *self, BelfryRecord *record, BelfryHolding *holding);

/* belfry-hub-broker.c */

/* From here on the broker gives what it has to the hub. */
void belfry_hub_connect_broker (BelfryHub *self);
void belfry_hub_disconnect_broker (BelfryHub *self);

/* belfry-hub-topics.c */

extern const BelfryBrokerSink belfry_hub_broker_sink;

/* As the configuration says; a topic with nothing special if it was never good. */
void belfry_hub_get_traits (BelfryHub *self, const char *topic, BelfryTopicTraits *traits);

/* Returns: (transfer none): the entry, wanted once more */
BelfryEntry *belfry_hub_want (BelfryHub *self, const char *topic, gboolean is_pattern);
void belfry_hub_unwant (BelfryHub *self, BelfryEntry *entry);

/* Looks whether anybody is left. May free the entry. */
void belfry_hub_settle (BelfryHub *self, BelfryEntry *entry);

typedef void (*BelfryHubConfirmed) (BelfryOperation *operation, guint index, const GError *error);

/**
 * belfry_hub_confirm:
 * @func: called when the broker delivers the topic, or cannot; perhaps at once
 */
void belfry_hub_confirm (BelfryHub *self,
                         BelfryEntry *entry,
                         BelfryOperation *operation,
                         guint index,
                         BelfryHubConfirmed func);

/* From a question for an entry's history until the answer is on its way. */
void belfry_hub_ask (BelfryHub *self, BelfryEntry *entry, BelfryAsk *ask);
void belfry_hub_unask (BelfryEntry *entry, BelfryAsk *ask);

/* There is another broker: what sessions have is subscribed to at this one. Those who still waited
 * for the one before are not told anything. */
void belfry_hub_move_topics (BelfryHub *self);

/* All operations have been abandoned: nobody is told anything. */
void belfry_hub_drop_waiting (BelfryHub *self);
void belfry_hub_apply_traits (BelfryHub *self);
void belfry_hub_tell_losses (BelfryShard *shard);

/* belfry-hub-resume.c */

/* A session of the image before is here again. Takes the request of @order. */
void belfry_hub_resume (BelfryHub *self, BelfryRecord *record, BelfryOrder *order);

/* Returns: whether an administrator gave it the topic */
gboolean belfry_hub_was_trusted (BelfryHub *self, const BelfryRecord *record, const char *topic);

/* belfry-hub-requests.c */

/* @request: (transfer full): to publish, or for history or presence, with one topic */
void belfry_hub_request (BelfryHub *self, BelfryRecord *record, BelfryRequest *request);

/* belfry-hub-sessions.c */

BelfryRecord *belfry_record_from_id (char *id);

/* @filter: (nullable) */
gboolean
belfry_record_passes (BelfryHub *self, BelfryRecord *record, const BelfrySessionFilter *filter);
BelfrySessionInfo *belfry_record_get_info (const BelfryRecord *record, gboolean with_topics);
BelfryRecord *belfry_hub_find_record (BelfryHub *self, const char *id);

/* As many serials share a block. */
#define BELFRY_HUB_BLOCK 1024

/* Returns: (transfer full): an index of blocks, for the hub */
GTree *belfry_hub_blocks_new (void);

/* Gives it the next serial. */
void belfry_hub_append_record (BelfryHub *self, BelfryRecord *record);
void belfry_hub_unlink_record (BelfryHub *self, BelfryRecord *record);

/* To where @serial belongs, which no other record has. */
void belfry_hub_move_record (BelfryHub *self, BelfryRecord *record, guint64 serial);

/* Returns: (transfer none) (nullable): the first record behind this serial */
BelfryRecord *belfry_hub_find_after (BelfryHub *self, guint64 serial);

/* Does here what was said here or elsewhere. Returns: how many sessions or blocks it has ended */
guint belfry_hub_take_word (BelfryHub *self, const BelfryBrokerWord *word);

/* The broker's: what another instance said. @user_data: the hub */
void belfry_hub_hear_word (const BelfryBrokerWord *word, gpointer user_data);
void belfry_hub_take_queued (BelfryHub *self, guint64 cookie, guint64 queued);

/* The session is gone: who asks for it gets what is known. */
void belfry_hub_answer_asks (BelfryHub *self, const BelfryRecord *record);

/* belfry-hub-control.c */

void belfry_hub_show_watchers (BelfryHub *self, BelfryMessage *message);

/* @topic: (nullable): all */
void belfry_hub_warn_watchers (BelfryHub *self, const char *topic, const char *reason);
void belfry_hub_tell_opened (BelfryHub *self, const BelfryRecord *record);
void belfry_hub_tell_authenticated (BelfryHub *self, const BelfryRecord *record);
void belfry_hub_tell_closed (BelfryHub *self,
                             const BelfryRecord *record,
                             guint code,
                             const char *reason);

G_END_DECLS
