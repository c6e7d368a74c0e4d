/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-config-problems.h"

G_BEGIN_DECLS

/**
 * BelfryConfigVariable:
 *
 * One variable of an environment.
 */
typedef struct
{
  char *name;  /* (owned) */
  char *value; /* (owned): wiped when freed */
  guint line;  /* 0: not from a file */
} BelfryConfigVariable;

BelfryConfigVariable *
belfry_config_variable_new (const char *name, gsize length, const char *value, guint line);
void belfry_config_variable_free (BelfryConfigVariable *self);

/**
 * belfry_config_dotenv_read:
 * @text: (array length=length): a `.env` file: `NAME=value`, `export NAME=value`, values in single
 * quotes as they are or in double quotes with \n, \", \\ and \$; comments behind white space and
 * `#`
 * @source: what the file is called
 *
 * Returns: (transfer full) (element-type BelfryConfigVariable): all variables, in order
 */
GPtrArray *belfry_config_dotenv_read (const char *text,
                                      gsize length,
                                      GRefString *source,
                                      BelfryConfigProblems *problems);

G_END_DECLS
