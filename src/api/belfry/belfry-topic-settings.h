/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#if !defined(BELFRY_INSIDE) && !defined(BELFRY_COMPILATION)
#error "Only <belfry/belfry.h> can be included directly."
#endif

#include <glib-object.h>

#include <belfry/belfry-enums.h>

G_BEGIN_DECLS

/**
 * BelfryTopicSettings:
 *
 * How a topic is to behave, as far as somebody has an opinion on it. What is not set is as the
 * administrator says.
 *
 * Belongs to whoever made it, and to one thread.
 */
typedef struct _BelfryTopicSettings BelfryTopicSettings;

#define BELFRY_TYPE_TOPIC_SETTINGS (belfry_topic_settings_get_type ())
BELFRY_API
GType belfry_topic_settings_get_type (void);

/**
 * belfry_topic_settings_new:
 *
 * Makes settings of which none is set.
 *
 * Returns: (transfer full): settings
 */
BELFRY_API
BelfryTopicSettings *belfry_topic_settings_new (void);

/**
 * belfry_topic_settings_copy:
 * @self: settings
 *
 * Copies them.
 *
 * Returns: (transfer full): others that are the same
 */
BELFRY_API
BelfryTopicSettings *belfry_topic_settings_copy (const BelfryTopicSettings *self);

/**
 * belfry_topic_settings_free:
 * @self: (transfer full): settings
 *
 * Frees them.
 */
BELFRY_API
void belfry_topic_settings_free (BelfryTopicSettings *self);

/**
 * belfry_topic_settings_set_history_size:
 * @self: settings
 * @messages: how many messages are kept for those who come back, up to 1,000,000; 0 is none
 *
 * Says how long the history is.
 */
BELFRY_API
void belfry_topic_settings_set_history_size (BelfryTopicSettings *self, guint messages);

/**
 * belfry_topic_settings_get_history_size:
 * @self: settings
 * @messages: (out): how many; left alone if it is not set
 *
 * Returns: whether it is set
 */
BELFRY_API
gboolean belfry_topic_settings_get_history_size (const BelfryTopicSettings *self, guint *messages);

/**
 * belfry_topic_settings_set_history_bytes:
 * @self: settings
 * @bytes: how large the messages may be together, up to 1 GiB; 0 is no limit
 *
 * Says how large the history is.
 */
BELFRY_API
void belfry_topic_settings_set_history_bytes (BelfryTopicSettings *self, guint64 bytes);

/**
 * belfry_topic_settings_get_history_bytes:
 * @self: settings
 * @bytes: (out): how large; left alone if it is not set
 *
 * Returns: whether it is set
 */
BELFRY_API
gboolean belfry_topic_settings_get_history_bytes (const BelfryTopicSettings *self, guint64 *bytes);

/**
 * belfry_topic_settings_set_history_ttl:
 * @self: settings
 * @ttl: for how many microseconds a message is kept, from a second to 30 days
 *
 * Says how old the history gets.
 */
BELFRY_API
void belfry_topic_settings_set_history_ttl (BelfryTopicSettings *self, gint64 ttl);

/**
 * belfry_topic_settings_get_history_ttl:
 * @self: settings
 * @ttl: (out): how old; left alone if it is not set
 *
 * Returns: whether it is set
 */
BELFRY_API
gboolean belfry_topic_settings_get_history_ttl (const BelfryTopicSettings *self, gint64 *ttl);

/**
 * belfry_topic_settings_set_presence:
 * @self: settings
 * @presence: whether it is known who is subscribed
 *
 * Says whether there is a list of those who are there.
 */
BELFRY_API
void belfry_topic_settings_set_presence (BelfryTopicSettings *self, gboolean presence);

/**
 * belfry_topic_settings_get_presence:
 * @self: settings
 * @presence: (out): whether; left alone if it is not set
 *
 * Returns: whether it is set
 */
BELFRY_API
gboolean belfry_topic_settings_get_presence (const BelfryTopicSettings *self, gboolean *presence);

/**
 * belfry_topic_settings_set_slow_consumer:
 * @self: settings
 * @slow_consumer: what happens when a client does not take its messages fast enough
 *
 * Says what a slow client loses.
 */
BELFRY_API
void belfry_topic_settings_set_slow_consumer (BelfryTopicSettings *self,
                                              BelfrySlowConsumer slow_consumer);

/**
 * belfry_topic_settings_get_slow_consumer:
 * @self: settings
 * @slow_consumer: (out): what happens; left alone if it is not set
 *
 * Returns: whether it is set
 */
BELFRY_API
gboolean belfry_topic_settings_get_slow_consumer (const BelfryTopicSettings *self,
                                                  BelfrySlowConsumer *slow_consumer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryTopicSettings, belfry_topic_settings_free)

G_END_DECLS
