/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-hub.h"
#include "belfry-session.h"

G_BEGIN_DECLS

/* What who controls the service asks of the hub, besides what the HTTP API asks, too. All on the
 * main thread. */

/* What a message that is for one session alone has for a topic; no client can subscribe to it. */
#define BELFRY_SESSION_TOPIC "$session"

/**
 * BelfryHubObserver:
 * @opened: a session began
 * @authenticated: a session signed in, for the first time
 * @closed: a session ended; @user: (nullable); @reason: (nullable)
 *
 * Who is told of sessions. Nothing of the hub may be changed from within.
 */
typedef struct
{
  void (*opened) (const char *id, const char *peer, const char *dialect, gpointer user_data);
  void (*authenticated) (const char *id, const char *user, gpointer user_data);
  void (*closed) (const char *id,
                  const char *user,
                  guint code,
                  const char *reason,
                  gpointer user_data);
} BelfryHubObserver;

/* @observer: (nullable): must outlive the hub; there is one at the most */
void
belfry_hub_set_observer (BelfryHub *self, const BelfryHubObserver *observer, gpointer user_data);

/* How many sessions a page looks at, whatever it is that is looked for. */
#define BELFRY_HUB_MAX_SCAN 4096

/**
 * belfry_hub_page_sessions:
 * @cursor: the serial of the session behind which the page begins, 0 for the first one;
 * set to the one behind which the next begins. It need not be there any more
 * @more: (out): whether there may be any
 *
 * A page, without the sessions' topics. It can be short, since how many sessions are looked at is
 * bounded.
 *
 * Returns: (transfer full) (element-type BelfrySessionInfo): in the order of their serials
 */
GPtrArray *belfry_hub_page_sessions (BelfryHub *self,
                                     const BelfrySessionFilter *filter,
                                     guint64 *cursor,
                                     guint limit,
                                     gboolean *more);

/**
 * belfry_hub_send_session:
 * @json: what to send
 *
 * Sends a message to one session alone. Fails with %BELFRY_ERROR_NOT_FOUND,
 * %BELFRY_ERROR_TOO_LARGE, %BELFRY_ERROR_BAD_REQUEST if it is no JSON, %BELFRY_ERROR_UNAVAILABLE if
 * too much is on its way.
 */
gboolean belfry_hub_send_session (BelfryHub *self, const char *id, GBytes *json, GError **error);

/**
 * belfry_hub_get_topic:
 * @topic: a name or a pattern
 *
 * Returns: (transfer full) (nullable): how it stands, even if nobody is subscribed;
 * %BELFRY_ERROR_TOPIC_INVALID
 */
BelfryTopicInfo *belfry_hub_get_topic (BelfryHub *self, const char *topic, GError **error);

/* Returns: how many subscriptions of sessions here a message of @topic is for */
guint belfry_hub_count_subscribers (BelfryHub *self, const char *topic);

/**
 * BelfryHubWatcher:
 * @ready: the broker delivers the topic from now on; or, with @error, cannot, and the watch is only
 * good for being given up. Perhaps called before belfry_hub_watch() returns, but not with an error
 * @message: something was published
 * @gap: messages may have been lost
 *
 * Who watches a topic without being a session. A watch may be given up from within @ready, but not
 * from within the others.
 */
typedef struct
{
  void (*ready) (const GError *error, gpointer user_data);
  void (*message) (BelfryMessage *message, gpointer user_data);
  void (*gap) (const char *reason, gpointer user_data);
} BelfryHubWatcher;

typedef struct _BelfryHubWatch BelfryHubWatch;

/**
 * belfry_hub_watch:
 * @topic: a name or a pattern
 * @watcher: must outlive the watch
 *
 * Each watch costs something for each message: who allows them bounds their number.
 *
 * Returns: (nullable): to be given up with belfry_hub_unwatch() before the hub goes;
 * %BELFRY_ERROR_TOPIC_INVALID
 */
BelfryHubWatch *belfry_hub_watch (BelfryHub *self,
                                  const char *topic,
                                  const BelfryHubWatcher *watcher,
                                  gpointer user_data,
                                  GError **error);
void belfry_hub_unwatch (BelfryHub *self, BelfryHubWatch *watch);

G_END_DECLS
