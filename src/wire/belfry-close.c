/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-close"

#include "config.h"

#include "belfry-close.h"

#include <string.h>

#include "belfry-utf8.h"

/* The payload of a close frame: RFC 6455, sections 5.5.1 and 7.4. */

#define CODE_SIZE 2

typedef struct
{
  guint first;
  guint last;
} CodeRange;

/* 1004 means nothing yet; 1005, 1006 and 1015 stand for what no frame said; 1012 to 1014 were
 * registered after the RFC. */
static const CodeRange wire_codes[] = {
  { 1000, 1003 },
  { 1007, 1014 },
  { 3000, 4999 },
};

gboolean
belfry_close_code_is_valid (guint code)
{
  for (gsize i = 0; i < G_N_ELEMENTS (wire_codes); i++)
    {
      if (code >= wire_codes[i].first && code <= wire_codes[i].last)
        return TRUE;
    }
  return FALSE;
}

guint
belfry_close_parse (const guint8 *payload, gsize length, BelfryClose *close, const char **problem)
{
  *close = (BelfryClose){ .code = BELFRY_CLOSE_NO_STATUS };
  if (length == 0)
    return 0;
  if (length < CODE_SIZE)
    {
      *problem = "a close frame with half a code";
      return BELFRY_CLOSE_PROTOCOL;
    }
  guint code = (guint) payload[0] << 8 | payload[1];
  if (!belfry_close_code_is_valid (code))
    {
      *problem = "a close code that must not be sent";
      return BELFRY_CLOSE_PROTOCOL;
    }
  if (!belfry_utf8_validate (payload + CODE_SIZE, length - CODE_SIZE))
    {
      *problem = "a close reason is not UTF-8";
      return BELFRY_CLOSE_BAD_DATA;
    }
  *close = (BelfryClose){ code, payload + CODE_SIZE, length - CODE_SIZE };
  return 0;
}

gsize
belfry_close_encode (guint code, const char *reason, guint8 payload[BELFRY_FRAME_CONTROL_MAX])
{
  if (code == BELFRY_CLOSE_NO_STATUS)
    return 0;
  g_return_val_if_fail (belfry_close_code_is_valid (code), 0);

  const char *text = reason != NULL ? reason : "";
  gsize length = strnlen (text, BELFRY_CLOSE_REASON_MAX);
  gsize fits = belfry_utf8_prefix ((const guint8 *) text, length);

  payload[0] = (guint8) (code >> 8);
  payload[1] = (guint8) code;
  memcpy (payload + CODE_SIZE, text, fits);
  return CODE_SIZE + fits;
}

GBytes *
belfry_close_frame (guint code, const char *reason)
{
  guint8 payload[BELFRY_FRAME_CONTROL_MAX];
  gsize length = belfry_close_encode (code, reason, payload);

  return belfry_frame_new_simple (BELFRY_OPCODE_CLOSE, payload, length);
}
