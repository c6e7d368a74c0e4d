/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BelfryOptions:
 *
 * The daemon's command line, once it is understood.
 */
typedef struct
{
  char *config_file; /* (owned) (nullable): --config */
  char *env_file;    /* (owned) (nullable): --env-file */
  char **settings;   /* (array zero-terminated=1) (owned) (nullable): --set */
  gboolean check;
  gboolean print_config;
  gboolean print_defaults;
  gboolean print_version;
} BelfryOptions;

/**
 * belfry_options_parse:
 * @argv: (array zero-terminated=1): the command line, program first
 * @error: set to %BELFRY_ERROR_INVALID_ARGUMENT
 *
 * `--help` prints the help and ends the program.
 */
gboolean belfry_options_parse (BelfryOptions *self, const char *const *argv, GError **error);
void belfry_options_clear (BelfryOptions *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BelfryOptions, belfry_options_clear)

G_END_DECLS
