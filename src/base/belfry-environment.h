/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * belfry_environment_take:
 * @name: a variable's name
 *
 * Takes a variable out of the environment, so that no child inherits what was meant for us. To be
 * called before there are threads.
 *
 * Returns: (transfer full) (nullable): its value; %NULL if it is not set
 */
char *belfry_environment_take (const char *name);

G_END_DECLS
