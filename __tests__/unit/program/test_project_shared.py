"""Folders of `shared`: a new one is its container's user's, one with content is nobody's to change."""

import contextlib
import io
import os
import tarfile
import unittest

from containers import ContainersTest
from place import ME, Silent
from slipway.project import engine, running_as, shared_folders

FILES = {
    '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\nwww-data:x:33:33:::\nodd\n',
    '/etc/group': 'root:x:0:\nstaff:x:50:\n',
}


def tar(text):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w') as archive:
        member = tarfile.TarInfo('passwd')
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text.encode()))
    return io.BytesIO(out.getvalue())


class RunningTest(ContainersTest):
    def setUp(self):
        super().setUp()
        self.files = dict(FILES)
        self.replace(engine, 'opened', self.opened)

    @contextlib.contextmanager
    def opened(self, _method, path, query=None, **_):
        if query['path'] not in self.files:
            raise engine.Refused('Could not find the file', 404)
        yield tar(self.files[query['path']])

    def number(self, said, of_image=''):
        self.engine.images['sha256:x'] = {'Config': {'User': of_image}}
        return running_as.number({'user': said} if said else {}, 'sha256:x', {'slipway.app': 'shop'})


class Users(RunningTest):
    def test_by_number_and_by_the_names_of_the_image(self):
        for said, of_image, found in (
            ('', '', None), ('root', '1000', None), ('0', '', None), ('0:50', '', None), ('1000:50', '', (1000, 50)), ('', '1000', (1000, 1000)), ('', 'node', (1000, 1000)),
            ('www-data', 'node', (33, 33)), ('4711', '', (4711, 0)), ('node:staff', '', (1000, 50)), ('4711:staff', '', (4711, 50)), ('node:7', '', (1000, 7)),
            ('nobody', '', None), ('node:nobody', '', None),
        ):
            with self.subTest(said or of_image):
                self.assertEqual(self.number(said, of_image), found)
                self.assertEqual(self.engine.containers, {})

    def test_an_image_without_a_list_of_users(self):
        self.files.clear()
        self.assertEqual((self.number('node'), self.number('1000')), (None, (1000, 0)))

    def test_it_is_looked_into_only_for_names(self):
        self.number('1000:1000')
        self.assertEqual(self.engine.told, [])
        self.number('node')
        self.assertEqual([method for method, _, _ in self.engine.told], ['POST', 'DELETE'])


class Folders(RunningTest):
    def setUp(self):
        super().setUp()
        self.replace(shared_folders, 'identity', lambda _: ME)
        self.owners = {}
        self.replace(shared_folders.os, 'chown', lambda path, uid, gid, follow_symlinks=True: self.owners.update({path: (uid, gid)}))
        os.mkdir(f'{self.layout.shared}/uploads')

    def give(self, services, **more):
        source = f'{self.layout.release("r")}/src'
        services = {name: {'volumes': [{'type': 'bind', 'source': f'{source}/uploads', 'target': '/u', **more}], **said} for name, said in services.items()}
        project = self.project({'web': {}})
        project.mounts.shared = ['uploads']
        project.model['services'] = services
        project.mounts.settle(project.model)
        project.pins = {name: {'id': 'sha256:x'} for name in services}
        self.owners.clear()
        talk = Silent()
        shared_folders.give(project, 3, talk)
        return [*self.owners.values()], [line['text'] for line in talk.said]

    def test_a_new_one_is_its_users(self):
        owners, said = self.give({'web': {'user': 'node'}})
        self.assertEqual(owners, [(1000, 1000)])
        self.assertIn('uploads is new, and given to user 1000, as which web writes there', said[0])
        # Who is root writes there anyway.
        self.assertEqual(self.give({'web': {'user': '1000:1000'}, 'worker': {}})[0], [(1000, 1000)])

    def test_of_root_it_stays_as_it_is(self):
        self.assertEqual(self.give({'web': {}}), ([], []))
        self.assertEqual(self.give({'web': {'user': 'node'}}, read_only=True), ([], []))

    def test_of_two_users_it_stays_as_it_is_and_that_is_said(self):
        owners, said = self.give({'web': {'user': '1000:1000'}, 'worker': {'user': '1001:1001'}})
        self.assertEqual(owners, [])
        self.assertIn('web as user 1000, worker as user 1001 write there', said[0])

    def test_one_with_content_or_of_somebody_else_or_a_link_is_never_touched(self):
        self.write(f'{self.layout.shared}/uploads/file')
        self.assertEqual(self.give({'web': {'user': 'node'}}), ([], []))
        os.unlink(f'{self.layout.shared}/uploads/file')
        self.replace(shared_folders, 'identity', lambda _: (ME[0] + 1, ME[1]))
        self.assertEqual(self.give({'web': {'user': 'node'}}), ([], []))
        self.replace(shared_folders, 'identity', lambda _: ME)
        os.rename(f'{self.layout.shared}/uploads', f'{self.folder}/elsewhere')
        os.symlink(f'{self.folder}/elsewhere', f'{self.layout.shared}/uploads')
        self.assertEqual(self.give({'web': {'user': 'node'}}), ([], []))


if __name__ == '__main__':
    unittest.main()
