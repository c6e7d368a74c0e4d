/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-fuzz"

#include "config.h"

#include <string.h>

#include "belfry-fuzz.h"
#include "belfry-webhook-answer.h"

/* Answers of a backend: any bytes are understood, or refused with an error, and who is understood
 * to be somebody has a name. */

#define WALL G_GINT64_CONSTANT (1700000000000000)

static void
check (BelfryWebhookParse parse, GBytes *content)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryWebhookAnswer) answer = parse (200, content, WALL, &error);

  if ((answer == NULL) != (error != NULL))
    g_error ("an answer with an error, or neither");
  if (answer == NULL || answer->identity == NULL)
    return;
  const char *subject = belfry_identity_get_subject (answer->identity);
  if (*subject == '\0' || !g_utf8_validate (subject, -1, NULL))
    g_error ("somebody without a name");
  gint64 expiry = belfry_identity_get_expiry (answer->identity);
  if (expiry != 0 && expiry <= WALL)
    g_error ("somebody whose time is over");
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) content = g_bytes_new (data, size);

  if (size > BELFRY_WEBHOOK_MAX_ANSWER)
    return 0;
  /* json-glib loses some of what it has read when it then fails. */
  belfry_fuzz_forgive_leaks (TRUE);
  check (belfry_webhook_answer_parse_identity, content);
  check (belfry_webhook_answer_parse_verdict, content);
  belfry_fuzz_forgive_leaks (FALSE);
  return 0;
}
