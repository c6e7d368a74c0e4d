/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <stdatomic.h>

#include "belfry-config-value.h"
#include "belfry-config.h"

G_BEGIN_DECLS

/* For the files of this layer alone: what is inside a configuration, and how it is filled. Once it
 * is handed out it does not change. */

typedef struct
{
  char *key;   /* (owned) */
  char *value; /* (owned): wiped when freed */
  BelfryConfigOrigin origin;
} BelfryConfigPluginKey;

struct _BelfryConfigInstance
{
  BelfryConfigGroup group;
  BelfryConfigKey first;     /* of the group's keys */
  char *name;                /* (owned) */
  BelfryConfigValue *values; /* (owned) (array): of the group's keys, in the table's order */
  GPtrArray *plugin_keys;    /* (element-type BelfryConfigPluginKey) (owned): sorted */
};

struct _BelfryConfig
{
  _Atomic guint ref_count;
  BelfryConfigValue values[BELFRY_CONFIG_N_KEYS];
  GPtrArray *instances[BELFRY_CONFIG_N_GROUPS]; /* (element-type BelfryConfigInstance) (owned)
                                                   (nullable): sorted by name */
};

/**
 * belfry_config_new:
 *
 * Returns: (transfer full): a configuration in which every key has its default
 */
BelfryConfig *belfry_config_new (void);

/**
 * belfry_config_ensure_instance:
 *
 * Returns: (transfer none): the instance of that name, made with its defaults if it was not there
 */
BelfryConfigInstance *
belfry_config_ensure_instance (BelfryConfig *self, BelfryConfigGroup group, const char *name);

/**
 * belfry_config_value_of:
 * @instance: (nullable): where the key is, if its group has instances
 *
 * Returns: (transfer none): the key's value
 */
BelfryConfigValue *
belfry_config_value_of (BelfryConfig *self, BelfryConfigInstance *instance, BelfryConfigKey key);
const BelfryConfigValue *belfry_config_peek_value (const BelfryConfig *self,
                                                   const BelfryConfigInstance *instance,
                                                   BelfryConfigKey key);

/**
 * belfry_config_set_plugin_key:
 *
 * Sets a key of a plugin whose keys are its own.
 */
void belfry_config_set_plugin_key (BelfryConfigInstance *instance,
                                   const char *key,
                                   const char *value,
                                   const BelfryConfigOrigin *origin);

/**
 * belfry_config_group_title:
 * @name: (nullable): the instance
 *
 * Returns: (transfer full): what stands between the brackets
 */
char *belfry_config_group_title (BelfryConfigGroup group, const char *name);

/**
 * belfry_config_is_secret_name:
 *
 * Returns: whether a plugin's key is called like something that must not be shown
 */
gboolean belfry_config_is_secret_name (const char *key);

G_END_DECLS
