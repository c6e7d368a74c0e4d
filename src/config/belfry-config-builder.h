/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-config-problems.h"
#include "belfry-config.h"

G_BEGIN_DECLS

/**
 * BelfryConfigBuilder:
 *
 * Takes settings, source by source, the weakest first, and makes the configuration of them. Belongs
 * to one thread.
 */
typedef struct _BelfryConfigBuilder BelfryConfigBuilder;

/**
 * BelfryConfigSection:
 *
 * Where settings go: a group or one instance of it.
 */
typedef struct
{
  BelfryConfigGroup group;
  BelfryConfigInstance *instance; /* (unowned) (nullable) */
} BelfryConfigSection;

/* Far more than anyone configures; every one is looked at for every environment variable. */
#define BELFRY_CONFIG_MAX_INSTANCES 1000
#define BELFRY_CONFIG_MAX_PLUGIN_KEYS 256

/**
 * belfry_config_builder_new:
 * @problems: where to put what is wrong; must outlive the builder
 * @environment: (nullable): where `CREDENTIALS_DIRECTORY` is looked for; must outlive it, too
 */
BelfryConfigBuilder *belfry_config_builder_new (BelfryConfigProblems *problems,
                                                const char *const *environment);
void belfry_config_builder_free (BelfryConfigBuilder *self);

/**
 * belfry_config_builder_next_source:
 * @is_exposed: whether everybody on this machine may read it
 *
 * What is set from now on wins over what was set before.
 */
void belfry_config_builder_next_source (BelfryConfigBuilder *self, gboolean is_exposed);

/**
 * belfry_config_builder_open:
 * @word: the group's first word
 * @instance: (nullable): the name that goes with it
 * @section: (out): the group
 *
 * Returns: whether there can be such a group; a problem was noted if not
 */
gboolean belfry_config_builder_open (BelfryConfigBuilder *self,
                                     const char *word,
                                     const char *instance,
                                     const BelfryConfigOrigin *origin,
                                     BelfryConfigSection *section);

/**
 * belfry_config_builder_set:
 *
 * Sets a key, or notes why it cannot be set.
 */
void belfry_config_builder_set (BelfryConfigBuilder *self,
                                const BelfryConfigSection *section,
                                const char *key,
                                const char *value,
                                const BelfryConfigOrigin *origin);

/**
 * belfry_config_builder_peek:
 *
 * Returns: (transfer none): what has been set so far
 */
const BelfryConfig *belfry_config_builder_peek (BelfryConfigBuilder *self);

/**
 * belfry_config_builder_finish:
 *
 * Reads the files of secrets, fills in what is inherited, and checks settings against each other.
 *
 * Returns: (transfer full): the configuration, which is not to be used if there are problems
 */
BelfryConfig *belfry_config_builder_finish (BelfryConfigBuilder *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryConfigBuilder, belfry_config_builder_free)

G_END_DECLS
