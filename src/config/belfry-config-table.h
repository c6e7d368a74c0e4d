/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-config-keys.h"

G_BEGIN_DECLS

typedef enum
{
  BELFRY_CONFIG_TYPE_BOOLEAN,
  BELFRY_CONFIG_TYPE_INTEGER,
  BELFRY_CONFIG_TYPE_DURATION, /* stored in microseconds */
  BELFRY_CONFIG_TYPE_SIZE,     /* stored in bytes */
  BELFRY_CONFIG_TYPE_ENUM,
  BELFRY_CONFIG_TYPE_TEXT,
  BELFRY_CONFIG_TYPE_PATH,
  BELFRY_CONFIG_TYPE_URL,
  BELFRY_CONFIG_TYPE_LOG_LEVELS,
  BELFRY_CONFIG_TYPE_LISTEN,
  BELFRY_CONFIG_TYPE_ORIGINS,
  BELFRY_CONFIG_TYPE_NETWORKS,
  BELFRY_CONFIG_TYPE_NAMES,
  BELFRY_CONFIG_TYPE_PATHS,
  BELFRY_CONFIG_TYPE_CHOICES, /* some of the row's words */
  BELFRY_CONFIG_TYPE_SECRET,
  BELFRY_CONFIG_TYPE_SECRET_FILE,
  BELFRY_CONFIG_TYPE_CREDENTIAL,
  BELFRY_CONFIG_N_TYPES,
} BelfryConfigType;

typedef enum
{
  BELFRY_CONFIG_RELOADABLE = 0,
  BELFRY_CONFIG_RESTART = 1 << 0,  /* a change waits for the next start */
  BELFRY_CONFIG_AUTO = 1 << 1,     /* takes `auto`, stored as 0 */
  BELFRY_CONFIG_ZERO = 1 << 2,     /* takes 0 even if that is below the minimum */
  BELFRY_CONFIG_REQUIRED = 1 << 3, /* must not be empty */
  BELFRY_CONFIG_INHERITS = 1 << 4, /* unset, it has the value of `related` */
} BelfryConfigFlags;

/**
 * BelfryConfigRow:
 *
 * All that is known of one key.
 */
typedef struct
{
  BelfryConfigGroup group;
  const char *name; /* (unowned) */
  BelfryConfigType type;
  BelfryConfigFlags flags;
  gint64 minimum;           /* of numbers */
  gint64 maximum;           /* of numbers, and of the length of texts */
  const char *const *words; /* (unowned) (nullable): the choices, or a URL's schemes */
  BelfryConfigKey related;  /* of the forms of a secret: its inline form */
  const char *fallback;     /* (unowned): the default */
  const char *help;         /* (unowned): translatable */
} BelfryConfigRow;

/**
 * BelfryConfigGroupRow:
 *
 * All that is known of one group.
 */
typedef struct
{
  const char *word;        /* (unowned) */
  const char *instance;    /* (unowned) (nullable): the only name this group goes with */
  const char *placeholder; /* (unowned) (nullable): set if the group has instances */
  const char *help;        /* (unowned): translatable */
} BelfryConfigGroupRow;

/**
 * BelfryConfigBuiltIn:
 *
 * An instance that is there without being written anywhere, and where a default of its differs from
 * the table's.
 */
typedef struct
{
  BelfryConfigGroup group;
  const char *instance; /* (unowned) */
  BelfryConfigKey key;
  const char *fallback; /* (unowned) */
} BelfryConfigBuiltIn;

const BelfryConfigRow *belfry_config_table_row (BelfryConfigKey key);
const BelfryConfigGroupRow *belfry_config_table_group (BelfryConfigGroup group);
const BelfryConfigBuiltIn *belfry_config_table_built_in (gsize *n);

/**
 * belfry_config_table_keys:
 * @n: (out): how many there are
 *
 * Returns: the group's first key; the others follow it
 */
BelfryConfigKey belfry_config_table_keys (BelfryConfigGroup group, gsize *n);

/**
 * belfry_config_table_find_key:
 *
 * Returns: whether the group has a key of this name; @key is set if so
 */
gboolean
belfry_config_table_find_key (BelfryConfigGroup group, const char *name, BelfryConfigKey *key);

/**
 * belfry_config_table_fallback:
 * @instance: (nullable): the instance's name, in a group that has them
 *
 * Returns: (transfer none): the key's default there; of a key that inherits, what it inherits as
 * long as nothing is set
 */
const char *belfry_config_table_fallback (BelfryConfigKey key, const char *instance);

/**
 * belfry_config_table_is_secret:
 *
 * Returns: whether the value itself must not be shown
 */
gboolean belfry_config_table_is_secret (BelfryConfigKey key);

/**
 * belfry_config_table_describe:
 *
 * Returns: (transfer full): what the key takes, as a phrase with its article, translated
 */
char *belfry_config_table_describe (const BelfryConfigRow *row);

G_END_DECLS
