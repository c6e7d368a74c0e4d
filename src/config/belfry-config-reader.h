/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-config-problems.h"

G_BEGIN_DECLS

/**
 * BelfryConfigEntry:
 *
 * One `key = value` of a file, or the opening of a group.
 */
typedef struct
{
  char *word;     /* (owned): the group's first word */
  char *instance; /* (owned) (nullable): the name that follows it */
  char *key;      /* (owned) (nullable): %NULL where the group is opened */
  char *value;    /* (owned) (nullable): without quotes; wiped when freed */
  guint line;
} BelfryConfigEntry;

/**
 * belfry_config_reader_read:
 * @text: (array length=length): a file's content, any bytes
 * @source: what the file is called
 * @problems: where to put what is wrong
 *
 * Returns: (transfer full) (element-type BelfryConfigEntry): what could be read, in order
 */
GPtrArray *belfry_config_reader_read (const char *text,
                                      gsize length,
                                      GRefString *source,
                                      BelfryConfigProblems *problems);

/**
 * belfry_config_reader_is_key:
 *
 * Returns: whether a file can have a key of this name
 */
gboolean belfry_config_reader_is_key (const char *text);

/**
 * belfry_config_reader_append_value:
 *
 * Appends @value as it must be written to be read again: in quotes where it needs them.
 */
void belfry_config_reader_append_value (GString *text, const char *value);

G_END_DECLS
