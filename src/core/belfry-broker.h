/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

#include "belfry-message.h"
#include "belfry-state.h"
#include "belfry-topic-rules.h"

G_BEGIN_DECLS

/**
 * BelfryBrokerState:
 *
 * How well a broker does its work.
 */
typedef enum
{
  BELFRY_BROKER_STARTING, /* was never connected yet */
  BELFRY_BROKER_UP,
  BELFRY_BROKER_DEGRADED, /* away, or not proven to deliver */
} BelfryBrokerState;

/**
 * BelfryBrokerWordKind:
 *
 * What one instance tells all others.
 */
typedef enum
{
  BELFRY_BROKER_WORD_BLOCK_USER,   /* until @until */
  BELFRY_BROKER_WORD_UNBLOCK_USER, /* at once */
  BELFRY_BROKER_WORD_REVOKE_TOKEN, /* until @until */
  BELFRY_BROKER_WORD_CLOSE_USER,   /* with @code and @reason */
  BELFRY_BROKER_N_WORDS,
} BelfryBrokerWordKind;

/**
 * BelfryBrokerWord:
 *
 * Something that an administrator or a plugin said at one instance, and that is meant for all.
 */
typedef struct
{
  BelfryBrokerWordKind kind;
  const char *text;   /* (unowned): a user, or the id of a token */
  const char *reason; /* (unowned) (nullable): for the clients that are closed */
  gint64 until;       /* microseconds since 1970; 0 where the kind has none */
  guint code;         /* that sessions are closed with; 0 where the kind has its own */
} BelfryBrokerWord;

/**
 * BelfryBrokerSink:
 * @message: (transfer none): something was published to a topic that is subscribed to. A message is
 * given once, however many of the names and patterns that are subscribed to match. Those of a topic
 * that have positions come in their order; after a loss, the broker may give what was missed
 * late, and give again what it is not sure of: what has been delivered is not delivered twice.
 * That a topic's epoch has changed need not be told as a gap: it is seen
 * @gap: messages of a topic may be lost; @topic %NULL: of all topics. @reason: a word for clients,
 * such as "broker-lost"
 * @word: (nullable): what another instance told all; and, each time the broker was connected, the
 * blocks and revocations that are in force then. Words may come again
 * @traits: (nullable): asked how a topic is kept, whatever the broker is doing
 *
 * Whom a broker delivers to. Called on the main thread, never from within a call to the broker
 * other than publish_async(), presence_add() and presence_remove().
 */
typedef struct
{
  void (*message) (BelfryMessage *message, gpointer user_data);
  void (*gap) (const char *topic, const char *reason, gpointer user_data);
  void (*word) (const BelfryBrokerWord *word, gpointer user_data);
  void (*traits) (const char *topic, BelfryTopicTraits *traits, gpointer user_data);
} BelfryBrokerSink;

/**
 * BelfryPublication:
 *
 * What is to be published.
 */
typedef struct
{
  const char *topic; /* (unowned): a valid name */
  GBytes *payload;   /* (unowned) */
  BelfryMessageKind kind;
  const char *idempotency_key; /* (unowned) (nullable): a second one with it within some minutes
                                  does nothing and gives the first one's position */
  BelfryTopicTraits traits;    /* of the topic: whether and how long it is kept */
} BelfryPublication;

/**
 * BelfryPresenceEntry:
 *
 * A user who is subscribed to a topic, however often.
 */
typedef struct
{
  char *user; /* (owned) */
  char *info; /* (owned) (nullable): what the authorizer tells of the user: a JSON object */
  guint sessions;
} BelfryPresenceEntry;
void belfry_presence_entry_free (BelfryPresenceEntry *self);

/**
 * BelfryHistoryPage:
 *
 * What a topic has kept. With a position that was asked for, the messages are the first that follow
 * it, of those that there are; none if the position is not one of this counting. So a client that
 * comes back has recovered exactly if the page is complete, and one who reads page by page has
 * missed nothing if the first message has the offset that follows.
 */
typedef struct
{
  GPtrArray *messages;     /* (owned) (element-type BelfryMessage): oldest first */
  BelfryPosition position; /* of the topic as of now: its newest message, or offset 0 if none */
  gboolean complete;       /* these are all that came after the position that was asked for, up to
                              @position; %TRUE if none was asked for */
} BelfryHistoryPage;
void belfry_history_page_free (BelfryHistoryPage *self);

/**
 * BelfryBroker:
 *
 * Where messages go and come from. All of it belongs to the main thread.
 */
#define BELFRY_TYPE_BROKER (belfry_broker_get_type ())
G_DECLARE_INTERFACE (BelfryBroker, belfry_broker, BELFRY, BROKER, GObject)

/**
 * BelfryBrokerInterface:
 * @get_name: one word: "memory", "redis"
 * @get_state: a change, of the reason as well, is told by the signal "state-changed"
 * @get_reason: (nullable): why it is not up, in words for administrators, without secrets; %NULL if
 * there is nothing to say. Stays until the next "state-changed"
 * @get_latency: (nullable): how long the last answer took, in microseconds; -1 if that is not known
 * @get_last_proof: (nullable): when it was last seen that what is published comes back, in
 * microseconds of the monotonic clock; 0 if it never was
 * @set_sink: before anything else is called; with %NULL, nobody is delivered to any more
 * @subscribe_async: to a topic or a pattern; ends when its messages will be delivered. Subscribing
 * again to what is subscribed to succeeds at once. While the broker is away it waits, and what is
 * subscribed stays so: the broker subscribes again by itself, and tells of gaps
 * @unsubscribe: a subscription that is under way fails with %BELFRY_ERROR_CLOSED, and leaves
 * nothing behind; so does one whose cancellable was cancelled, once this was called. The topic may
 * be subscribed to again before that has failed
 * @publish_async: (nullable callback): gives the position, unset if the message is not kept. Fails
 * with %BELFRY_ERROR_UNAVAILABLE if it cannot be done now, with %BELFRY_ERROR_LIMIT_REACHED if too
 * much waits to be published; both are told to who publishes
 * @history_async: messages after @since, or the newest, at most @limit (0: no history, just the
 * position). From the answer on the topic has an epoch, even if nothing was published yet
 * @presence_add: @presence_remove: a session of a user begins and ends a subscription; the broker
 * publishes JOIN for a user's first and LEAVE for the last
 * @presence_async: who is there
 * @tell_all: (nullable): gives a word to all other instances, now or when it can; blocks and
 * revocations are kept for those that come later, until their time
 * @save: (nullable): writes down all that is in this process alone, for the next image of it
 * @restore: (nullable): takes that, before anything else but set_sink was called; if it cannot be,
 * nothing of it
 * @settle: (nullable): everybody who was there before is there again, or never will be
 */
struct _BelfryBrokerInterface
{
  GTypeInterface parent_iface;

  const char *(*get_name) (BelfryBroker *self);
  BelfryBrokerState (*get_state) (BelfryBroker *self);
  const char *(*get_reason) (BelfryBroker *self);
  gint64 (*get_latency) (BelfryBroker *self);
  gint64 (*get_last_proof) (BelfryBroker *self);
  void (*set_sink) (BelfryBroker *self, const BelfryBrokerSink *sink, gpointer user_data);
  void (*subscribe_async) (BelfryBroker *self,
                           const char *topic,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
  gboolean (*subscribe_finish) (BelfryBroker *self, GAsyncResult *result, GError **error);
  void (*unsubscribe) (BelfryBroker *self, const char *topic);
  void (*publish_async) (BelfryBroker *self,
                         const BelfryPublication *publication,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data);
  gboolean (*publish_finish) (BelfryBroker *self,
                              GAsyncResult *result,
                              BelfryPosition *position,
                              GError **error);
  void (*history_async) (BelfryBroker *self,
                         const char *topic,
                         const BelfryPosition *since,
                         guint limit,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data);
  BelfryHistoryPage *(*history_finish) (BelfryBroker *self, GAsyncResult *result, GError **error);
  void (*presence_add) (BelfryBroker *self, const char *topic, const char *user, const char *info);
  void (*presence_remove) (BelfryBroker *self, const char *topic, const char *user);
  void (*presence_async) (BelfryBroker *self,
                          const char *topic,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data);
  GPtrArray *(*presence_finish) (BelfryBroker *self, GAsyncResult *result, GError **error);
  void (*tell_all) (BelfryBroker *self, const BelfryBrokerWord *word);
  void (*save) (BelfryBroker *self, BelfryStateWriter *writer);
  gboolean (*restore) (BelfryBroker *self, BelfryStateReader *reader);
  void (*settle) (BelfryBroker *self);
};

const char *belfry_broker_get_name (BelfryBroker *self);
BelfryBrokerState belfry_broker_get_state (BelfryBroker *self);
const char *belfry_broker_get_reason (BelfryBroker *self);
gint64 belfry_broker_get_latency (BelfryBroker *self);
gint64 belfry_broker_get_last_proof (BelfryBroker *self);
void belfry_broker_set_sink (BelfryBroker *self, const BelfryBrokerSink *sink, gpointer user_data);
void belfry_broker_subscribe_async (BelfryBroker *self,
                                    const char *topic,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean belfry_broker_subscribe_finish (BelfryBroker *self, GAsyncResult *result, GError **error);
void belfry_broker_unsubscribe (BelfryBroker *self, const char *topic);
void belfry_broker_publish_async (BelfryBroker *self,
                                  const BelfryPublication *publication,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
gboolean belfry_broker_publish_finish (BelfryBroker *self,
                                       GAsyncResult *result,
                                       BelfryPosition *position,
                                       GError **error);
void belfry_broker_history_async (BelfryBroker *self,
                                  const char *topic,
                                  const BelfryPosition *since,
                                  guint limit,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
BelfryHistoryPage *
belfry_broker_history_finish (BelfryBroker *self, GAsyncResult *result, GError **error);
void belfry_broker_presence_add (BelfryBroker *self,
                                 const char *topic,
                                 const char *user,
                                 const char *info);
void belfry_broker_presence_remove (BelfryBroker *self, const char *topic, const char *user);
void belfry_broker_presence_async (BelfryBroker *self,
                                   const char *topic,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
GPtrArray *belfry_broker_presence_finish (BelfryBroker *self, GAsyncResult *result, GError **error);
void belfry_broker_tell_all (BelfryBroker *self, const BelfryBrokerWord *word);

/* Returns: whether anything is lost if another image of this process does not know it. */
gboolean belfry_broker_has_state (BelfryBroker *self);
void belfry_broker_save (BelfryBroker *self, BelfryStateWriter *writer);
gboolean belfry_broker_restore (BelfryBroker *self, BelfryStateReader *reader);
void belfry_broker_settle (BelfryBroker *self);

/* For implementations: emits "state-changed". */
void belfry_broker_emit_state_changed (BelfryBroker *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryHistoryPage, belfry_history_page_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryPresenceEntry, belfry_presence_entry_free)

G_END_DECLS
