/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-plugin"

#include <belfry/belfry.h>

/* A plugin with one thing wrong, which the build says: any of the macros below. It must be refused
 * before anything of it is called, so calling it ends the program. */

#ifndef MAGIC
#define MAGIC BELFRY_PLUGIN_MAGIC
#endif
#ifndef MAJOR
#define MAJOR BELFRY_PLUGIN_ABI_MAJOR
#endif
#ifndef MINOR
#define MINOR BELFRY_PLUGIN_ABI_MINOR
#endif
#ifndef SIZE
#define SIZE sizeof (BelfryPluginDescriptor)
#endif
#ifndef KINDS
#define KINDS BELFRY_PLUGIN_TOPIC_POLICY
#endif
#ifndef VERSION
#define VERSION "1.0"
#endif
#ifndef LICENCE
#define LICENCE "MIT"
#endif
#ifndef GET_TYPE
#define GET_TYPE never_called
#endif
#ifndef SYMBOL
#define SYMBOL belfry_plugin_descriptor
#endif

G_GNUC_UNUSED
static GType
never_called (void)
{
  g_error ("code of a plugin was called before its descriptor was looked at");
  return G_TYPE_INVALID;
}

G_GNUC_UNUSED
static GType
get_plain_object (void)
{
  return G_TYPE_OBJECT;
}

BELFRY_API extern const BelfryPluginDescriptor SYMBOL;
const BelfryPluginDescriptor SYMBOL = {
  .magic = MAGIC,
  .abi_major = MAJOR,
  .abi_minor = MINOR,
  .struct_size = SIZE,
  .kinds = KINDS,
  .name = NAME,
  .version = VERSION,
  .licence = LICENCE,
  .get_type = GET_TYPE,
};
