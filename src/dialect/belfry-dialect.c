/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-dialect"

#include "config.h"

#include "belfry-dialect.h"

/* Which dialects there are. The functions of each are pure and hold no state: any thread. */

G_STATIC_ASSERT ((int) BELFRY_N_FORMS <= BELFRY_MESSAGE_N_FORMS);

/* Those that a WebSocket client can ask for. */
static const BelfryDialect *const dialects[] = {
  &belfry_dialect_action,
  &belfry_dialect_typed,
  &belfry_dialect_typed_envelope,
};

static void
free_text (gpointer text)
{
  g_string_free (text, TRUE);
}

const BelfryDialect *
belfry_dialect_for_endpoint (BelfryConfigDialect dialect, BelfryConfigDelivery delivery)
{
  switch (dialect)
    {
    case BELFRY_CONFIG_DIALECT_ACTION:
      return &belfry_dialect_action;
    case BELFRY_CONFIG_DIALECT_TYPED:
      return delivery == BELFRY_CONFIG_DELIVERY_ENVELOPE ? &belfry_dialect_typed_envelope
                                                         : &belfry_dialect_typed;
    case BELFRY_CONFIG_DIALECT_SOCKET_IO:
    case BELFRY_CONFIG_DIALECT_CENTRIFUGO_JSON:
    case BELFRY_CONFIG_DIALECT_ECHO:
    case BELFRY_CONFIG_N_DIALECTS:
    default:
      return NULL;
    }
}

const BelfryDialect *
belfry_dialect_from_subprotocol (const char *subprotocol)
{
  for (gsize i = 0; i < G_N_ELEMENTS (dialects); i++)
    {
      if (g_strcmp0 (dialects[i]->subprotocol, subprotocol) == 0)
        return dialects[i];
    }
  return NULL;
}

const BelfryDialect *
belfry_dialect_from_form (guint form)
{
  const BelfryDialect *const all[] = { &belfry_dialect_action, &belfry_dialect_typed,
                                       &belfry_dialect_typed_envelope };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    {
      if ((guint) all[i]->form == form)
        return all[i];
    }
  return NULL;
}

GPtrArray *
belfry_dialect_texts_new (void)
{
  return g_ptr_array_new_with_free_func (free_text);
}
