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
    '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\nwww-data:x:33:33:::\nodd\nhuge:x:4294967295:1:::\n',
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
            ('nobody', '', None), ('node:nobody', '', None), ('00', '', None), ('root:50', '', None),
            ('2147483647', '', (2147483647, 0)), ('2147483648', '', None), ('4294967295:1', '', None), ('1:4294967295', '', None), ('-1', '', None),
            ('²', '', None), ('1:²', '', None), ('٣', '', None), ('9' * 5000, '', None), ('1000:' + '9' * 5000, '', None), ('huge', '', None), ('odd', '', None),
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
        self.replace(shared_folders.os, 'fchown', lambda descriptor, uid, gid: self.owners.update({os.readlink(f'/proc/self/fd/{descriptor}'): (uid, gid)}))
        os.mkdir(f'{self.layout.shared}/uploads')

    def give(self, services, at='uploads', **more):
        source = f'{self.layout.release("r")}/src'
        services = {name: {'volumes': [{'type': 'bind', 'source': f'{source}/{at}', 'target': '/u', **more}], **said} for name, said in services.items()}
        project = self.project({'web': {}})
        project.mounts.shared = [at]
        project.model['services'] = services
        project.mounts.settle(project.model)
        project.pins = {name: {'id': 'sha256:x'} for name in services}
        self.owners.clear()
        talk, before = Silent(), len(os.listdir('/proc/self/fd'))
        shared_folders.give(project, 3, talk)
        self.assertEqual(len(os.listdir('/proc/self/fd')), before)
        return [*self.owners.values()], [line['text'] for line in talk.said]

    def test_a_new_one_is_its_users(self):
        owners, said = self.give({'web': {'user': 'node'}})
        self.assertEqual(owners, [(1000, 1000)])
        self.assertIn('uploads is new, and given to user 1000, as which web writes there', said[0])
        # Who is root writes there anyway.
        self.assertEqual(self.give({'web': {'user': '1000:1000'}, 'worker': {}})[0], [(1000, 1000)])

    def test_where_docker_maps_users_it_stays_as_it_is_and_that_is_said(self):
        for options, owners in ((['name=seccomp,profile=builtin', 'name=userns'], []), (['name=seccomp,profile=userns'], [(1000, 1000)]), (None, [(1000, 1000)])):
            with self.subTest(options):
                self.engine.info = {'SecurityOptions': options}
                found, said = self.give({'web': {'user': '1000'}})
                self.assertEqual((found, len(said)), (owners, 1))
                self.assertEqual('userns-remap' in said[0], owners == [])

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

    def test_nor_is_one_to_which_a_link_leads_on_the_way_or_that_is_a_file_or_is_not_there(self):
        os.makedirs(f'{self.layout.shared}/media/uploads')
        self.assertEqual(self.give({'web': {'user': 'node'}}, at='media/uploads')[0], [(1000, 1000)])
        self.assertEqual([*self.owners], [f'{self.layout.shared}/media/uploads'])
        os.rename(f'{self.layout.shared}/media', f'{self.folder}/elsewhere')
        os.symlink(f'{self.folder}/elsewhere', f'{self.layout.shared}/media')
        self.assertEqual(self.give({'web': {'user': 'node'}}, at='media/uploads'), ([], []))
        self.write(f'{self.layout.shared}/file')
        for path in ('file', 'file/uploads', 'absent', 'absent/uploads'):
            with self.subTest(path):
                self.assertEqual(self.give({'web': {'user': 'node'}}, at=path), ([], []))

    def test_a_link_that_comes_between_the_look_and_the_gift_leads_it_nowhere(self):
        folder = f'{self.layout.shared}/uploads'

        def put(*given):
            os.rename(folder, f'{self.folder}/aside')
            os.symlink('/etc', folder)
            return 1000, 1000
        self.replace(running_as, 'number', put)
        self.give({'web': {'user': 'node'}})
        self.assertEqual(self.owners, {f'{self.folder}/aside': (1000, 1000)})


if __name__ == '__main__':
    unittest.main()
