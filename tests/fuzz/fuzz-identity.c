/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-fuzz-identity"

#include "config.h"

#include <belfry/belfry.h>

#include <string.h>

#include "belfry-fuzz.h"

/* Whatever a token holds: what comes of it is an error, or an identity within its limits that says
 * again all that was put in. */

typedef struct
{
  guint n_roles;
  guint n_grants;
} Counts;

static void
add (BelfryIdentityBuilder *builder,
     guint8 what,
     const char *text,
     const char *more,
     Counts *counts)
{
  switch (what % 6)
    {
    case 0:
      belfry_identity_builder_add_role (builder, text);
      counts->n_roles++;
      break;
    case 1:
      belfry_identity_builder_add_claim (builder, text, more);
      break;
    case 2:
      belfry_identity_builder_add_grant (builder, BELFRY_TOPIC_ACTION_HISTORY, text);
      counts->n_grants++;
      break;
    case 3:
      belfry_identity_builder_set_info (builder, text);
      break;
    case 4:
      belfry_identity_builder_set_token_id (builder, text);
      break;
    default:
      belfry_identity_builder_set_expiry (builder, (gint64) strlen (text));
    }
}

static void
check_name (const char *name)
{
  g_assert_true (*name != '\0' && strlen (name) <= BELFRY_IDENTITY_MAX_NAME);
  g_assert_true (g_utf8_validate (name, -1, NULL));
}

static void
check (const BelfryIdentity *identity, const Counts *counts)
{
  const char *const *roles = belfry_identity_get_roles (identity);
  const char *const *grants = belfry_identity_get_grants (identity, BELFRY_TOPIC_ACTION_HISTORY);

  check_name (belfry_identity_get_subject (identity));
  g_assert_cmpuint (g_strv_length ((char **) roles), ==, counts->n_roles);
  g_assert_cmpuint (g_strv_length ((char **) grants), ==, counts->n_grants);
  for (; *roles != NULL; roles++)
    {
      check_name (*roles);
      g_assert_true (belfry_identity_has_role (identity, *roles));
    }
  for (; *grants != NULL; grants++)
    check_name (*grants);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  BelfryFuzzBytes bytes = { data, size };
  Counts counts = { 0 };
  g_autofree char *subject = belfry_fuzz_take_bytes (&bytes, &(gsize){ 0 });
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new (subject);
  g_autofree char *last = g_strdup ("x");
  g_autofree char *value = NULL;

  while (bytes.left > 0)
    {
      guint8 what = belfry_fuzz_take_byte (&bytes);
      gsize length = 0;

      g_free (value);
      value = g_steal_pointer (&last);
      last = belfry_fuzz_take_bytes (&bytes, &length);
      add (builder, what, last, value, &counts);
    }
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryIdentity) identity = belfry_identity_builder_end (builder, &error);
  g_assert_true ((identity != NULL) != (error != NULL));
  if (identity != NULL)
    check (identity, &counts);
  return 0;
}
