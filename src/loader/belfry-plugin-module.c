/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-loader"

#include "config.h"

#include "belfry-plugin-module.h"

#include <gmodule.h>
#include <string.h>

#include "belfry-error.h"

/* From a file to a plugin's object. A file that is opened stays open: types cannot be taken out of
 * GObject again. What runs before the descriptor is looked at is what the linker runs; who may put
 * a file there is checked before. */

typedef struct
{
  BelfryPluginKinds kind;
  const char *name; /* (unowned) */
  GType (*get_type) (void);
} Kind;

static const Kind all_kinds[] = {
  { BELFRY_PLUGIN_AUTHORIZER, "authorizer", belfry_authorizer_get_type },
  { BELFRY_PLUGIN_TOPIC_POLICY, "policy", belfry_topic_policy_get_type },
  { BELFRY_PLUGIN_MESSAGE_FILTER, "filter", belfry_message_filter_get_type },
  { BELFRY_PLUGIN_MEMBERSHIP, "membership", belfry_membership_get_type },
  { BELFRY_PLUGIN_HTTP_ROUTES, "routes", belfry_http_routes_get_type },
};

/* What a descriptor of this major version has had from the beginning. */
#define FIRST_SIZE (G_STRUCT_OFFSET (BelfryPluginDescriptor, get_type) + sizeof (GType (*) (void)))

G_GNUC_PRINTF (2, 3)
static gboolean
refuse (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG, format, args);
  va_end (args);
  return FALSE;
}

/* Field by field: what comes first says whether the rest can be read. */
static gboolean
check_abi (const BelfryPluginDescriptor *descriptor, GError **error)
{
  if (descriptor->magic != BELFRY_PLUGIN_MAGIC)
    return refuse (error, "its descriptor is not one of Belfry's");
  if (descriptor->abi_major != BELFRY_PLUGIN_ABI_MAJOR)
    return refuse (error, "built for ABI %u: expected %d", descriptor->abi_major,
                   BELFRY_PLUGIN_ABI_MAJOR);
  if (descriptor->abi_minor > BELFRY_PLUGIN_ABI_MINOR)
    return refuse (error, "built for ABI %u.%u, which is newer than this service's %d.%d",
                   descriptor->abi_major, descriptor->abi_minor, BELFRY_PLUGIN_ABI_MAJOR,
                   BELFRY_PLUGIN_ABI_MINOR);
  if (descriptor->struct_size < FIRST_SIZE || descriptor->struct_size > sizeof *descriptor)
    return refuse (error, "its descriptor has %u bytes: expected %zu", descriptor->struct_size,
                   sizeof *descriptor);
  return TRUE;
}

static gboolean
is_empty (const char *text)
{
  return text == NULL || *text == '\0';
}

static gboolean
check_content (const BelfryPluginDescriptor *descriptor, const char *name, GError **error)
{
  guint32 known = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (all_kinds); i++)
    known |= all_kinds[i].kind;
  if (g_strcmp0 (descriptor->name, name) != 0)
    return refuse (error, "calls itself “%s”: expected the name of its file",
                   descriptor->name != NULL ? descriptor->name : "");
  if (is_empty (descriptor->version))
    return refuse (error, "has no version");
  if (is_empty (descriptor->licence))
    return refuse (error, "has no licence: expected an SPDX expression");
  if (descriptor->kinds == 0)
    return refuse (error, "is of no kind: it would do nothing");
  if ((descriptor->kinds & ~known) != 0)
    return refuse (error, "is of a kind that this service does not know (%#x)",
                   descriptor->kinds & ~known);
  if (descriptor->get_type == NULL)
    return refuse (error, "has no class");
  return TRUE;
}

static gboolean
check_type (const BelfryPluginDescriptor *descriptor, GType type, GError **error)
{
  if (!g_type_is_a (type, BELFRY_TYPE_PLUGIN) || G_TYPE_IS_ABSTRACT (type))
    return refuse (error, "its class is no BelfryPlugin");
  for (gsize i = 0; i < G_N_ELEMENTS (all_kinds); i++)
    {
      gboolean says = (descriptor->kinds & all_kinds[i].kind) != 0;
      gboolean is = g_type_is_a (type, all_kinds[i].get_type ());

      if (says && !is)
        return refuse (error,
                       "says that it is of kind “%s”, but its class %s does not implement it",
                       all_kinds[i].name, g_type_name (type));
      if (is && !says)
        return refuse (error, "its class %s implements “%s”, but it does not say so",
                       g_type_name (type), all_kinds[i].name);
    }
  return TRUE;
}

const BelfryPluginDescriptor *
belfry_plugin_module_open (const char *path, const char *name, GError **error)
{
  GModule *module = g_module_open (path, G_MODULE_BIND_LAZY | G_MODULE_BIND_LOCAL);
  gpointer symbol = NULL;

  if (module == NULL)
    {
      refuse (error, "cannot be opened: %s", g_module_error ());
      return NULL;
    }
  g_module_make_resident (module);
  if (!g_module_symbol (module, BELFRY_PLUGIN_DESCRIPTOR_SYMBOL, &symbol) || symbol == NULL)
    {
      refuse (error, "has no symbol “%s”: it is no plugin", BELFRY_PLUGIN_DESCRIPTOR_SYMBOL);
      return NULL;
    }
  const BelfryPluginDescriptor *descriptor = symbol;
  if (!check_abi (descriptor, error) || !check_content (descriptor, name, error))
    return NULL;
  return descriptor;
}

BelfryPlugin *
belfry_plugin_module_create (const BelfryPluginDescriptor *descriptor, GError **error)
{
  GType type = descriptor->get_type ();

  if (!check_type (descriptor, type, error))
    return NULL;
  return g_object_new (type, NULL);
}

char *
belfry_plugin_kinds_to_string (guint32 kinds)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (all_kinds); i++)
    {
      if ((kinds & all_kinds[i].kind) != 0)
        g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", all_kinds[i].name);
    }
  return g_string_free (text, FALSE);
}
