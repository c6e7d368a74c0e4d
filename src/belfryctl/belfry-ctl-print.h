/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-ctl.h"

G_BEGIN_DECLS

/* How the value of a column is written for people. */
typedef enum
{
  BELFRY_CTL_PLAIN,
  BELFRY_CTL_NONZERO, /* not worth a word if it is 0 */
  BELFRY_CTL_SIZE,    /* bytes */
  BELFRY_CTL_TIME,    /* microseconds since 1970 */
  BELFRY_CTL_AGE,     /* likewise, as how long ago that is */
  BELFRY_CTL_SECONDS, /* a duration */
  BELFRY_CTL_MICROSECONDS,
} BelfryCtlForm;

/**
 * BelfryCtlColumn:
 *
 * A column of a table, or a line of a list of pairs.
 */
typedef struct
{
  const char *key;   /* (unowned): of the dictionaries */
  const char *title; /* (unowned): untranslated */
  BelfryCtlForm form;
} BelfryCtlColumn;

/**
 * belfry_ctl_safe:
 *
 * Returns: (transfer full): a text that cannot command a terminal, whoever wrote it
 */
char *belfry_ctl_safe (const char *text);

/* Returns: (transfer full): how many bytes, for people */
char *belfry_ctl_format_size (guint64 bytes);

/* Returns: (transfer full): seconds, for people: "3 d 4 h" */
char *belfry_ctl_format_span (gint64 seconds);

/**
 * belfry_ctl_json:
 *
 * Returns: (transfer full): any value as JSON on one line; bytes in base64
 */
char *belfry_ctl_json (GVariant *value);

/* All of these return the exit status: %BELFRY_EXIT_SYSTEM if nobody takes the output. */

int belfry_ctl_print (const char *text);
int belfry_ctl_print_json (GVariant *value);

/**
 * belfry_ctl_print_list:
 * @rows: (element-type GVariant): dictionaries
 * @columns: (array length=n_columns)
 *
 * As a table, or with --json as an array.
 */
int belfry_ctl_print_list (BelfryCtl *self,
                           const GPtrArray *rows,
                           const BelfryCtlColumn *columns,
                           guint n_columns);

/**
 * belfry_ctl_print_pairs:
 *
 * One dictionary: a line for each of @columns that it has, or with --json all of it.
 */
int belfry_ctl_print_pairs (BelfryCtl *self,
                            GVariant *dictionary,
                            const BelfryCtlColumn *columns,
                            guint n_columns);

G_END_DECLS
