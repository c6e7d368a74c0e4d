/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-environment"

#include "config.h"

#include "belfry-environment.h"

/* Reading what the environment has for this process alone. */

char *
belfry_environment_take (const char *name)
{
  char *value = g_strdup (g_getenv (name));

  g_unsetenv (name);
  return value;
}
