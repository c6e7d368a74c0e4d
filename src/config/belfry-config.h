/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-config-keys.h"
#include "belfry-config-listen.h"
#include "belfry-config-problems.h"
#include "belfry-secret.h"

G_BEGIN_DECLS

/**
 * BelfryConfig:
 *
 * Everything that is configured. Immutable and atomically reference-counted: any thread may keep a
 * reference and read.
 */
typedef struct _BelfryConfig BelfryConfig;

/**
 * BelfryConfigInstance:
 *
 * One of the groups that have names of their own: an endpoint, a topic pattern, a plugin. Lives as
 * long as its configuration.
 */
typedef struct _BelfryConfigInstance BelfryConfigInstance;

BelfryConfig *belfry_config_ref (BelfryConfig *self);
void belfry_config_unref (BelfryConfig *self);

/* The value of a key, each for the types it is named after. The key must be one of a group without
 * instances, and be of a type that fits: anything else is a programming error. */
gboolean belfry_config_get_boolean (const BelfryConfig *self, BelfryConfigKey key);

/* Whole numbers, durations (in microseconds), sizes (in bytes); `auto` is 0. */
gint64 belfry_config_get_number (const BelfryConfig *self, BelfryConfigKey key);
int belfry_config_get_enum (const BelfryConfig *self, BelfryConfigKey key);

/* Texts, paths, log levels, and the URL with its password. (transfer none); empty if there is none
 */
const char *belfry_config_get_text (const BelfryConfig *self, BelfryConfigKey key);

/* All kinds of lists. (transfer none) (array zero-terminated=1) */
const char *const *belfry_config_get_list (const BelfryConfig *self, BelfryConfigKey key);

/* (transfer none) (element-type BelfryConfigListen) */
const GPtrArray *belfry_config_get_listen (const BelfryConfig *self, BelfryConfigKey key);

/* Those of a list of networks that are addresses, not words.
 * (transfer none) (element-type GInetAddressMask) */
const GPtrArray *belfry_config_get_networks (const BelfryConfig *self, BelfryConfigKey key);

/**
 * belfry_config_get_secret:
 * @key: the secret's inline form
 *
 * Returns: (transfer none) (nullable): the secret, whichever of its forms gave it
 */
BelfrySecret *belfry_config_get_secret (const BelfryConfig *self, BelfryConfigKey key);

/**
 * belfry_config_is_set:
 *
 * Returns: whether somebody wrote the key, even if it has its default
 */
gboolean belfry_config_is_set (const BelfryConfig *self, BelfryConfigKey key);

/**
 * belfry_config_get_origin:
 *
 * Returns: (transfer none): where the value was written; empty for a default
 */
const BelfryConfigOrigin *belfry_config_get_origin (const BelfryConfig *self, BelfryConfigKey key);

/**
 * belfry_config_n_instances:
 * @group: endpoints, topics, or plugins whose keys are their own
 *
 * Returns: how many there are, those that are built in among them
 */
guint belfry_config_n_instances (const BelfryConfig *self, BelfryConfigGroup group);

/* In the order of their names. (transfer none) */
const BelfryConfigInstance *
belfry_config_get_instance (const BelfryConfig *self, BelfryConfigGroup group, guint index);

/* (transfer none) (nullable) */
const BelfryConfigInstance *
belfry_config_find_instance (const BelfryConfig *self, BelfryConfigGroup group, const char *name);

const char *belfry_config_instance_get_name (const BelfryConfigInstance *self);

/* The same for a key of an endpoint or a topic. */
gboolean belfry_config_instance_get_boolean (const BelfryConfigInstance *self, BelfryConfigKey key);
gint64 belfry_config_instance_get_number (const BelfryConfigInstance *self, BelfryConfigKey key);
int belfry_config_instance_get_enum (const BelfryConfigInstance *self, BelfryConfigKey key);

/**
 * belfry_config_instance_is_set:
 *
 * Returns: whether the key is written in this very instance, so that a less specific one must not
 * be asked
 */
gboolean belfry_config_instance_is_set (const BelfryConfigInstance *self, BelfryConfigKey key);
const BelfryConfigOrigin *belfry_config_instance_get_origin (const BelfryConfigInstance *self,
                                                             BelfryConfigKey key);

/**
 * belfry_config_plugin_n_keys:
 * @self: a plugin whose keys are its own
 *
 * Returns: how many keys are written
 */
guint belfry_config_plugin_n_keys (const BelfryConfigInstance *self);

/**
 * belfry_config_plugin_get_key:
 * @value: (out) (optional) (transfer none): what it is set to
 * @origin: (out) (optional) (transfer none): where
 *
 * Returns: (transfer none): the key's name; they are in the order of their names
 */
const char *belfry_config_plugin_get_key (const BelfryConfigInstance *self,
                                          guint index,
                                          const char **value,
                                          const BelfryConfigOrigin **origin);

/**
 * belfry_config_plugin_lookup:
 *
 * Returns: (transfer none) (nullable): what the plugin's key is set to
 */
const char *belfry_config_plugin_lookup (const BelfryConfigInstance *self, const char *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryConfig, belfry_config_unref)

G_END_DECLS
