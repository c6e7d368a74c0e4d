/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfryConfigOrigin:
 *
 * Where something was written. All fields are empty for what was written nowhere: a default.
 */
typedef struct
{
  GRefString *source; /* (owned) (nullable): a file, `environment` or `--set` */
  guint line;         /* 0: sources without lines */
  GRefString *name;   /* (owned) (nullable): of a variable, its name */
} BelfryConfigOrigin;

/**
 * belfry_config_origin_init:
 * @name: (nullable): the variable's name
 */
void belfry_config_origin_init (BelfryConfigOrigin *self,
                                GRefString *source,
                                guint line,
                                const char *name);
void belfry_config_origin_copy (BelfryConfigOrigin *self, const BelfryConfigOrigin *from);
void belfry_config_origin_clear (BelfryConfigOrigin *self);

/**
 * belfry_config_origin_to_string:
 *
 * Returns: (transfer full): as in `/etc/belfry/belfry.conf:12` or `environment: PORT`, on one line
 * whatever the file is called; `default` if it was written nowhere
 */
char *belfry_config_origin_to_string (const BelfryConfigOrigin *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BelfryConfigOrigin, belfry_config_origin_clear)

/**
 * BelfryConfigPlace:
 *
 * What a problem is about; put together on the stack at the call.
 */
typedef struct
{
  const BelfryConfigOrigin *origin; /* (unowned) (nullable) */
  const char *group;                /* (unowned) (nullable): as between the brackets */
  const char *key;                  /* (unowned) (nullable) */
} BelfryConfigPlace;

/**
 * BelfryConfigProblem:
 *
 * Something that must be mended (an error) or looked at (a warning). Never holds a secret.
 */
typedef struct
{
  BelfryConfigOrigin origin;
  char *group;   /* (owned) (nullable) */
  char *key;     /* (owned) (nullable) */
  char *message; /* (owned): translated */
  char *nearest; /* (owned) (nullable): the known name that may have been meant */
} BelfryConfigProblem;

/**
 * belfry_config_problem_render:
 *
 * Returns: (transfer full): one line, safe for a terminal:
 * `file:line: [group] key: message (did you mean “x”?)`
 */
char *belfry_config_problem_render (const BelfryConfigProblem *self);

/**
 * BelfryConfigProblems:
 *
 * All that is wrong with a configuration. Belongs to one thread at a time. Holds no more than
 * %BELFRY_CONFIG_MAX_PROBLEMS of each kind; the last then says that there are more.
 */
typedef struct _BelfryConfigProblems BelfryConfigProblems;

/* Nobody reads more, and a megabyte of nonsense must not become ten of messages. */
#define BELFRY_CONFIG_MAX_PROBLEMS 100

BelfryConfigProblems *belfry_config_problems_new (void);
void belfry_config_problems_free (BelfryConfigProblems *self);

void belfry_config_problems_error (BelfryConfigProblems *self,
                                   const BelfryConfigPlace *place,
                                   const char *nearest,
                                   const char *format,
                                   ...) G_GNUC_PRINTF (4, 5);
void belfry_config_problems_warn (BelfryConfigProblems *self,
                                  const BelfryConfigPlace *place,
                                  const char *format,
                                  ...) G_GNUC_PRINTF (3, 4);

guint belfry_config_problems_n_errors (const BelfryConfigProblems *self);
guint belfry_config_problems_n_warnings (const BelfryConfigProblems *self);
const BelfryConfigProblem *belfry_config_problems_get_error (const BelfryConfigProblems *self,
                                                             guint index);
const BelfryConfigProblem *belfry_config_problems_get_warning (const BelfryConfigProblems *self,
                                                               guint index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryConfigProblems, belfry_config_problems_free)

G_END_DECLS
