/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfryctl"

#include "config.h"

#include <libintl.h>
#include <locale.h>

#include "belfry-ctl.h"
#include "belfry-paths.h"

int
main (int argc, char *argv[])
{
  g_autofree char *locale_dir = belfry_paths_locale_dir ();

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, locale_dir);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_prgname (BELFRY_CTL_NAME);

  return belfry_ctl_run ((const char *const *) argv);
}
