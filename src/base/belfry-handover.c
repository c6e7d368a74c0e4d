/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-handover"

#include "config.h"

#include "belfry-handover.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "belfry-environment.h"
#include "belfry-error.h"
#include "belfry-log.h"
#include "belfry-names.h"

/* The memory file, its head and its table of descriptors; what is in the sections is their owners'.
 * The head and the table are the same in all versions, so that an image that does not understand
 * the rest can still take leave of the clients. */

#define MAGIC "BELFRYHO"
#define MAGIC_LENGTH 8

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

#define DESCRIPTOR_SIZE 5
#define SECTION_SIZE 9

/* A close frame of WebSocket: the service is restarting (1012). */
static const guint8 goodbye[] = { 0x88, 0x02, 0x03, 0xf4 };

typedef struct
{
  int fd;
  guint8 kind;  /* a #BelfryHandoverKind */
  guint8 taken; /* somebody else's now */
} Descriptor;

typedef struct
{
  const guint8 *bytes; /* (unowned) (nullable) */
  gsize length;
} Section;

struct _BelfryHandover
{
  GArray *descriptors; /* (element-type Descriptor) (owned) */
  GHashTable *by_fd;   /* (owned): from the number to the place, one higher */
  gboolean good;
  gboolean owns; /* the descriptors are ours to close */

  /* Writing */
  BelfryStateWriter *writers[BELFRY_HANDOVER_N_SECTIONS]; /* (owned) */

  /* Reading */
  GBytes *bytes; /* (owned) (nullable): what was read */
  Section sections[BELFRY_HANDOVER_N_SECTIONS];
};

static Descriptor *
descriptor_at (const BelfryHandover *self, guint i)
{
  return &g_array_index (self->descriptors, Descriptor, i);
}

static void
add (BelfryHandover *self, int fd, guint8 kind)
{
  const Descriptor descriptor = { .fd = fd, .kind = kind };

  g_array_append_val (self->descriptors, descriptor);
  g_hash_table_insert (self->by_fd, GINT_TO_POINTER (fd),
                       GUINT_TO_POINTER (self->descriptors->len));
}

/* Without a socket's patience: what it does not take at once it will not get. */
static void
take_leave (const Descriptor *descriptor)
{
  if (descriptor->taken)
    return;
  if (descriptor->kind == BELFRY_HANDOVER_CLIENT)
    belfry_handover_close (descriptor->fd);
  else
    close (descriptor->fd);
}

static gboolean
write_all (int fd, const BelfryStateWriter *from, GError **error)
{
  gsize done = 0;

  while (done < from->len)
    {
      gssize n = write (fd, from->data + done, from->len - done);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          belfry_error_set_errno (error, errno, "writing down the state");
          return FALSE;
        }
      done += (gsize) n;
    }
  return TRUE;
}

static gboolean
write_head (const BelfryHandover *self, int fd, GError **error)
{
  g_autoptr (GByteArray) head = g_byte_array_new ();

  g_byte_array_append (head, (const guint8 *) MAGIC, MAGIC_LENGTH);
  belfry_state_put_u32 (head, BELFRY_HANDOVER_VERSION);
  belfry_state_put_u32 (head, self->descriptors->len);
  for (guint i = 0; i < self->descriptors->len; i++)
    {
      belfry_state_put_u32 (head, (guint32) descriptor_at (self, i)->fd);
      belfry_state_put_u8 (head, descriptor_at (self, i)->kind);
    }
  return write_all (fd, head, error);
}

static gboolean
write_section (const BelfryHandover *self, guint section, int fd, GError **error)
{
  g_autoptr (GByteArray) head = g_byte_array_new ();

  belfry_state_put_u8 (head, (guint8) section);
  belfry_state_put_u64 (head, self->writers[section]->len);
  return write_all (fd, head, error) && write_all (fd, self->writers[section], error);
}

static gboolean
fill_and_seal (const BelfryHandover *self, int fd, GError **error)
{
  if (!write_head (self, fd, error))
    return FALSE;
  for (guint i = 0; i < BELFRY_HANDOVER_N_SECTIONS; i++)
    {
      if (!write_section (self, i, fd, error))
        return FALSE;
    }
  if (fcntl (fd, F_ADD_SEALS, SEALS) == 0)
    return TRUE;
  belfry_error_set_errno (error, errno, "sealing the state");
  return FALSE;
}

static gboolean
keep_fd (int fd, gboolean keep)
{
  return fcntl (fd, F_SETFD, keep ? 0 : FD_CLOEXEC) == 0;
}

/* No number comes twice, and none is one of those that every program has. */
static gboolean
read_descriptor (BelfryHandover *self, BelfryStateReader *reader)
{
  guint32 fd = belfry_state_get_u32 (reader);
  guint8 kind = belfry_state_get_u8 (reader);

  if (!belfry_state_reader_is_good (reader) || fd <= STDERR_FILENO || fd > G_MAXINT ||
      kind >= BELFRY_HANDOVER_N_KINDS ||
      g_hash_table_contains (self->by_fd, GINT_TO_POINTER ((int) fd)))
    return FALSE;
  add (self, (int) fd, kind);
  return TRUE;
}

static gboolean
read_head (BelfryHandover *self, BelfryStateReader *reader, guint32 *version)
{
  for (guint i = 0; i < MAGIC_LENGTH; i++)
    {
      if (belfry_state_get_u8 (reader) != (guint8) MAGIC[i])
        return FALSE;
    }
  *version = belfry_state_get_u32 (reader);

  guint32 n = belfry_state_get_count (reader, DESCRIPTOR_SIZE);

  if (n > BELFRY_HANDOVER_MAX_DESCRIPTORS)
    return FALSE;
  for (guint32 i = 0; i < n; i++)
    {
      if (!read_descriptor (self, reader))
        return FALSE;
    }
  return belfry_state_reader_is_good (reader);
}

/* Each once, with nothing between and nothing behind. */
static gboolean
read_sections (BelfryHandover *self, const guint8 *bytes, gsize length)
{
  for (guint i = 0; i < BELFRY_HANDOVER_N_SECTIONS; i++)
    {
      BelfryStateReader reader;

      if (length < SECTION_SIZE)
        return FALSE;
      belfry_state_reader_init (&reader, bytes, SECTION_SIZE);
      if (belfry_state_get_u8 (&reader) != i)
        return FALSE;

      guint64 size = belfry_state_get_u64 (&reader);

      bytes += SECTION_SIZE;
      length -= SECTION_SIZE;
      if (size > length)
        return FALSE;
      self->sections[i] = (Section){ bytes, (gsize) size };
      bytes += size;
      length -= (gsize) size;
    }
  return length == 0;
}

/* Only a sealed memory file is believed to be ours: nobody else can change it any more, nor could
 * a stranger's variable name another descriptor that would be read. */
static GBytes *
read_memory (int fd)
{
  g_autoptr (GMappedFile) file = NULL;

  if (fcntl (fd, F_GET_SEALS) != SEALS)
    return NULL;
  file = g_mapped_file_new_from_fd (fd, FALSE, NULL);
  return file != NULL ? g_mapped_file_get_bytes (file) : NULL;
}

BelfryHandover *
belfry_handover_new (void)
{
  BelfryHandover *self = g_new0 (BelfryHandover, 1);

  self->descriptors = g_array_new (FALSE, FALSE, sizeof (Descriptor));
  self->by_fd = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < BELFRY_HANDOVER_N_SECTIONS; i++)
    self->writers[i] = g_byte_array_new ();
  self->good = TRUE;
  return self;
}

void
belfry_handover_free (BelfryHandover *self)
{
  for (guint i = 0; self->owns && i < self->descriptors->len; i++)
    take_leave (descriptor_at (self, i));
  for (guint i = 0; i < BELFRY_HANDOVER_N_SECTIONS; i++)
    g_byte_array_unref (self->writers[i]);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_array_unref (self->descriptors);
  g_hash_table_unref (self->by_fd);
  g_free (self);
}

void
belfry_handover_add_fd (BelfryHandover *self, int fd, BelfryHandoverKind kind)
{
  g_return_if_fail (!g_hash_table_contains (self->by_fd, GINT_TO_POINTER (fd)));

  add (self, fd, (guint8) kind);
}

BelfryStateWriter *
belfry_handover_get_writer (BelfryHandover *self, BelfryHandoverSection section)
{
  return self->writers[section];
}

int
belfry_handover_seal (BelfryHandover *self, GError **error)
{
  int fd = memfd_create ("belfry-handover", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (fd < 0)
    {
      belfry_error_set_errno (error, errno, "memory for the state");
      return -1;
    }
  if (fill_and_seal (self, fd, error))
    return fd;
  close (fd);
  return -1;
}

gboolean
belfry_handover_keep (const BelfryHandover *self, int memory, gboolean keep)
{
  gboolean kept = keep_fd (memory, keep);

  for (guint i = 0; i < self->descriptors->len; i++)
    kept &= keep_fd (descriptor_at (self, i)->fd, keep);
  return kept;
}

BelfryHandover *
belfry_handover_parse (GBytes *bytes, GError **error)
{
  g_autoptr (BelfryHandover) self = belfry_handover_new ();
  BelfryStateReader reader;
  guint32 version = 0;
  gsize length;
  const guint8 *start = g_bytes_get_data (bytes, &length);

  belfry_state_reader_init (&reader, start, length);
  if (!read_head (self, &reader, &version))
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_ARGUMENT,
                   "what the image before has left cannot be read");
      return NULL;
    }
  self->bytes = g_bytes_ref (bytes);
  self->good = version == BELFRY_HANDOVER_VERSION &&
               read_sections (self, start + (length - reader.left), reader.left);
  return g_steal_pointer (&self);
}

BelfryHandover *
belfry_handover_take (void)
{
  g_autofree char *text = belfry_environment_take (BELFRY_ENV_HANDOVER_FD);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  guint64 fd;

  if (text == NULL)
    return NULL;
  if (g_ascii_string_to_unsigned (text, 10, STDERR_FILENO + 1, G_MAXINT, &fd, NULL))
    bytes = read_memory ((int) fd);
  if (bytes == NULL)
    {
      belfry_log_error ("%s names nothing that an image before has left", BELFRY_ENV_HANDOVER_FD);
      return NULL;
    }
  close ((int) fd);

  BelfryHandover *self = belfry_handover_parse (bytes, &error);

  if (self == NULL)
    {
      belfry_log_error ("%s", error->message);
      return NULL;
    }
  self->owns = TRUE;
  for (guint i = 0; i < self->descriptors->len; i++)
    keep_fd (descriptor_at (self, i)->fd, FALSE);
  return self;
}

gboolean
belfry_handover_is_good (const BelfryHandover *self)
{
  return self->good;
}

void
belfry_handover_spoil (BelfryHandover *self)
{
  self->good = FALSE;
}

void
belfry_handover_read (const BelfryHandover *self,
                      BelfryHandoverSection section,
                      BelfryStateReader *reader)
{
  const Section *from = &self->sections[section];

  belfry_state_reader_init (reader, from->bytes, self->good ? from->length : 0);
}

int
belfry_handover_take_fd (BelfryHandover *self, int fd, gboolean listens)
{
  guint place = GPOINTER_TO_UINT (g_hash_table_lookup (self->by_fd, GINT_TO_POINTER (fd)));

  if (place == 0)
    return -1;

  Descriptor *descriptor = descriptor_at (self, place - 1);

  if (descriptor->taken || listens != (descriptor->kind == BELFRY_HANDOVER_LISTENS))
    return -1;
  descriptor->taken = TRUE;
  return fd;
}

void
belfry_handover_close (int fd)
{
  if (send (fd, goodbye, sizeof goodbye, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
    belfry_log_debug ("a client that is left behind hears nothing of it: %s", g_strerror (errno));
  close (fd);
}
